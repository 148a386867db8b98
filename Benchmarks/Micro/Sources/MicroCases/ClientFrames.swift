import NIOCore

/// Frames as clients send them: final and masked, the payload shorter than 126 bytes.
enum ClientFrames {
  private static let key: [UInt8] = [0x37, 0xFA, 0x21, 0x3D]

  /// Text frames one behind the other.
  static func text(_ payloads: [String]) -> ByteBuffer {
    var buffer = ByteBuffer()
    for payload in payloads { append(0x81, Array(payload.utf8), to: &buffer) }
    return buffer
  }

  private static func append(_ first: UInt8, _ payload: [UInt8], to buffer: inout ByteBuffer) {
    buffer.writeInteger(first)
    buffer.writeInteger(0x80 | UInt8(truncatingIfNeeded: payload.count))
    buffer.writeBytes(key)
    buffer.writeBytes(payload.enumerated().map { $1 ^ key[$0 % 4] })
  }
}
