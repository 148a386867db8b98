// Frame headers as a server writes them: final, unmasked, the shortest length form
// (RFC 6455 section 5.2). Reading headers is WebSocketFrameParser's job.

import NIOCore

/// What a WebSocket frame carries.
public enum WebSocketOpcode: UInt8, Sendable {
  case continuation = 0x0
  case text = 0x1
  case binary = 0x2
  case close = 0x8
  case ping = 0x9
  case pong = 0xA

  /// Close, ping and pong: never fragmented, at most 125 bytes.
  public var isControl: Bool { rawValue & 0x8 != 0 }
}

/// The header of a final, unmasked frame.
public enum WebSocketFrameHeader {
  /// How many bytes the header of a payload of `length` bytes takes: 2, 4 or 10.
  public static func size(payloadLength length: Int) -> Int {
    length < 126 ? 2 : length <= 0xFFFF ? 4 : 10
  }

  /// How many bytes the header takes that the unmasked frame at `frame`'s reader index has.
  public static func size(ofUnmaskedFrame frame: ByteBuffer) -> Int {
    switch frame.getInteger(at: frame.readerIndex + 1, as: UInt8.self) {
    case 126: 4
    case 127: 10
    default: 2
    }
  }

  /// The payload length that the unmasked frame at `frame`'s reader index announces.
  public static func payloadLength(ofUnmaskedFrame frame: ByteBuffer) -> Int? {
    let start = frame.readerIndex
    return switch frame.getInteger(at: start + 1, as: UInt8.self) {
    case nil: nil
    case 126: frame.getInteger(at: start + 2, as: UInt16.self).map(Int.init)
    case 127: frame.getInteger(at: start + 2, as: UInt64.self).flatMap(Int.init(exactly:))
    case let short?: Int(short)
    }
  }

  /// Takes a whole unmasked frame from the front of `frames`; `nil` when there is none.
  public static func readUnmaskedFrame(from frames: inout ByteBuffer) -> ByteBuffer? {
    guard let length = payloadLength(ofUnmaskedFrame: frames) else { return nil }
    let size = size(ofUnmaskedFrame: frames)
    guard length <= frames.readableBytes - size else { return nil }
    return frames.readSlice(length: size + length)
  }

  /// The payload of a whole, unmasked, uncompressed data frame; `nil` for any other frame.
  public static func message(
    ofUnmaskedFrame frame: ByteBuffer
  ) -> (opcode: WebSocketOpcode, payload: ByteBuffer)? {
    let opcode: WebSocketOpcode
    switch frame.getInteger(at: frame.readerIndex, as: UInt8.self) {
    case 0x81: opcode = .text
    case 0x82: opcode = .binary
    default: return nil
    }
    let size = size(ofUnmaskedFrame: frame)
    guard let length = payloadLength(ofUnmaskedFrame: frame),
      let payload = frame.getSlice(at: frame.readerIndex + size, length: length)
    else { return nil }
    return (opcode, payload)
  }

  /// Writes the header of a frame whose payload is `length` bytes at the front of `target`.
  ///
  /// - Returns: its size.
  static func write(
    _ opcode: WebSocketOpcode, payloadLength length: Int, into target: UnsafeMutableRawBufferPointer
  ) -> Int {
    let size = size(payloadLength: length)
    target[0] = 0x80 | opcode.rawValue
    target[1] = size == 2 ? UInt8(truncatingIfNeeded: length) : size == 4 ? 126 : 127
    for place in 2..<max(2, size) {
      target[place] = UInt8(truncatingIfNeeded: length >> (8 * (size - 1 - place)))
    }
    return size
  }

  /// Appends the header of a frame whose payload is `length` bytes.
  ///
  /// - Parameter isCompressed: marks the frame as a message of permessage-deflate.
  public static func write(
    _ opcode: WebSocketOpcode, payloadLength length: Int, isCompressed: Bool = false,
    into buffer: inout ByteBuffer
  ) {
    let first = 0x80 | opcode.rawValue | (isCompressed ? 0x40 : 0)
    if length < 126 {
      buffer.writeMultipleIntegers(first, UInt8(truncatingIfNeeded: length))
    } else if length <= 0xFFFF {
      buffer.writeMultipleIntegers(first, 126 as UInt8, UInt16(truncatingIfNeeded: length))
    } else {
      buffer.writeMultipleIntegers(first, 127 as UInt8, UInt64(length))
    }
  }
}
