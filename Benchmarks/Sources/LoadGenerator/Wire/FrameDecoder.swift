// Reads what a WebSocket server sends: unmasked frames, possibly cut anywhere by the network.
// Used by `Conversation`; knows nothing of channels, time, or what the frames carry.

import NIOCore

/// One whole message or control frame.
struct Frame: Equatable {
  var opcode: Opcode
  var payload: ByteBuffer

  enum Opcode: UInt8 {
    case continuation = 0x0
    case text = 0x1
    case binary = 0x2
    case close = 0x8
    case ping = 0x9
    case pong = 0xA

    var isControl: Bool { rawValue >= 0x8 }
  }
}

/// Cuts a server's bytes into frames (RFC 6455, section 5) and joins fragments.
struct FrameDecoder {
  private var fragments: Frame?

  /// Takes the next whole message off the front of `bytes`, or nothing when more bytes are needed.
  mutating func next(from bytes: inout ByteBuffer) throws(LoadError) -> Frame? {
    while let (frame, isFinal) = try readFrame(from: &bytes) {
      if frame.opcode.isControl { return frame }
      if let whole = try join(frame, isFinal: isFinal) { return whole }
    }
    return nil
  }

  private func readFrame(
    from bytes: inout ByteBuffer
  ) throws(LoadError) -> (frame: Frame, isFinal: Bool)? {
    let start = bytes.readerIndex
    guard let head: UInt16 = bytes.readInteger() else { return nil }
    guard let opcode = Frame.Opcode(rawValue: UInt8(head >> 8 & 0x0F)) else {
      throw LoadError(.protocolViolation, "a frame with opcode \(head >> 8 & 0x0F)")
    }
    guard head & 0x7080 == 0 else {
      throw LoadError(.protocolViolation, "a masked frame, or reserved bits nobody agreed on")
    }
    guard let length = payloadLength(short: Int(head & 0x7F), from: &bytes),
      let payload = bytes.readSlice(length: length)
    else {
      bytes.moveReaderIndex(to: start)
      return nil
    }
    return (Frame(opcode: opcode, payload: payload), head & 0x8000 != 0)
  }

  private func payloadLength(short: Int, from bytes: inout ByteBuffer) -> Int? {
    switch short {
    case 126: bytes.readInteger(as: UInt16.self).map(Int.init)
    case 127: bytes.readInteger(as: UInt64.self).map { Int(clamping: $0) }
    default: short
    }
  }

  private mutating func join(_ frame: Frame, isFinal: Bool) throws(LoadError) -> Frame? {
    guard var whole = fragments else {
      if frame.opcode == .continuation {
        throw LoadError(.protocolViolation, "a continuation of nothing")
      }
      if isFinal { return frame }
      fragments = frame
      return nil
    }
    guard frame.opcode == .continuation else {
      throw LoadError(.protocolViolation, "a new message inside a fragmented one")
    }
    whole.payload.writeImmutableBuffer(frame.payload)
    fragments = isFinal ? nil : whole
    return isFinal ? whole : nil
  }
}
