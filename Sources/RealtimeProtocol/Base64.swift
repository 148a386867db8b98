// Base64 (RFC 4648 section 4) between byte buffers, for binary packets of polling payloads.

import NIOCore

/// The standard alphabet, with padding.
public enum Base64 {
  private static let alphabet = Array(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

  /// The value of each byte that is a digit; 0xFF for those that are none.
  private static let values: [UInt8] = {
    var table = [UInt8](repeating: 0xFF, count: 256)
    for (value, digit) in alphabet.enumerated() { table[Int(digit)] = UInt8(value) }
    return table
  }()

  /// How many bytes `encode` appends for `count` bytes.
  public static func encodedLength(_ count: Int) -> Int { (count + 2) / 3 * 4 }

  /// Appends `bytes` in base64.
  public static func encode(_ bytes: ByteBuffer, into buffer: inout ByteBuffer) {
    let length = encodedLength(bytes.readableBytes)
    guard length > 0 else { return }
    buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: length) { target in
      bytes.withUnsafeReadableBytes { source in
        alphabet.withUnsafeBufferPointer { encode(source, into: target, $0) }
      }
      return length
    }
  }

  private static func encode(
    _ source: UnsafeRawBufferPointer, into target: UnsafeMutableRawBufferPointer,
    _ digits: UnsafeBufferPointer<UInt8>
  ) {
    var out = 0
    for start in stride(from: 0, to: source.count, by: 3) {
      let count = min(3, source.count - start)
      var group = UInt32(source[start]) << 16
      if count > 1 { group |= UInt32(source[start + 1]) << 8 }
      if count > 2 { group |= UInt32(source[start + 2]) }
      for place in 0..<4 {
        target[out] =
          place <= count ? digits[Int(group >> UInt32(18 - 6 * place)) & 63] : UInt8(ascii: "=")
        out += 1
      }
    }
  }

  /// The bytes that `text` stands for; `nil` when it is not base64. Padding may be left out.
  public static func decode(_ text: ByteBuffer) -> ByteBuffer? {
    let digits = unpadded(text)
    guard digits.readableBytes % 4 != 1 else { return nil }
    var buffer = ByteBuffer()
    buffer.reserveCapacity(digits.readableBytes / 4 * 3 + 2)
    var group: UInt32 = 0
    var bits: UInt32 = 0
    for digit in digits.readableBytesView {
      let value = values[Int(digit)]
      guard value != 0xFF else { return nil }
      group = group << 6 | UInt32(value)
      bits += 6
      guard bits >= 8 else { continue }
      bits -= 8
      buffer.writeInteger(UInt8(truncatingIfNeeded: group >> bits))
    }
    return buffer
  }

  private static func unpadded(_ text: ByteBuffer) -> ByteBuffer {
    var digits = text
    guard text.readableBytes % 4 == 0 else { return digits }
    for _ in 0..<2 {
      guard digits.readableBytesView.last == UInt8(ascii: "=") else { break }
      digits.moveWriterIndex(to: digits.writerIndex - 1)
    }
    return digits
  }
}
