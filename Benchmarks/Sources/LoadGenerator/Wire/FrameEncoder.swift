// Writes what a WebSocket client sends: single, masked frames. Used by `Line`.

import NIOCore

/// Frames payloads under one masking key (RFC 6455, section 5.3).
///
/// A fresh key for each connection keeps the server's unmasking honest at no cost to the generator.
struct FrameEncoder {
  /// The key's bytes repeated twice, in memory order, so that eight bytes are masked at once.
  private let key: UInt64

  init(key: UInt32) {
    self.key = UInt64(key) << 32 | UInt64(key)
  }

  /// Appends one final frame to `output`.
  func write(_ opcode: Frame.Opcode, _ payload: ByteBuffer, into output: inout ByteBuffer) {
    writeHead(opcode, length: payload.readableBytes, into: &output)
    payload.withUnsafeReadableBytes { plain in
      _ = output.writeWithUnsafeMutableBytes(minimumWritableBytes: plain.count) { masked in
        mask(plain, into: masked)
        return plain.count
      }
    }
  }

  private func writeHead(_ opcode: Frame.Opcode, length: Int, into output: inout ByteBuffer) {
    output.writeInteger(0x80 | opcode.rawValue)
    switch length {
    case ..<126:
      output.writeInteger(0x80 | UInt8(length))
    case ...Int(UInt16.max):
      output.writeInteger(0x80 | UInt8(126))
      output.writeInteger(UInt16(length))
    default:
      output.writeInteger(0x80 | UInt8(127))
      output.writeInteger(UInt64(length))
    }
    output.writeInteger(UInt32(truncatingIfNeeded: key), endianness: .host)
  }

  private func mask(_ plain: UnsafeRawBufferPointer, into masked: UnsafeMutableRawBufferPointer) {
    let words = plain.count & ~7
    for offset in stride(from: 0, to: words, by: 8) {
      let word = plain.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
      masked.storeBytes(of: word ^ key, toByteOffset: offset, as: UInt64.self)
    }
    for offset in words..<plain.count {
      masked[offset] = plain[offset] ^ UInt8(truncatingIfNeeded: key >> (8 * UInt64(offset & 3)))
    }
  }
}
