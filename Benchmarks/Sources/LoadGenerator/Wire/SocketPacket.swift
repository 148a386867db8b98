// A Socket.IO packet as a load generator needs it: its kind, its ack id, and its JSON left as bytes.
// Parsed from WebSocket text by `Conversation`. Nothing here interprets the JSON.

import NIOCore

/// One Socket.IO v5 packet of the connection's namespace.
public struct SocketPacket: Equatable, Sendable {
  /// The packet types that a text-only client meets.
  public enum Kind: UInt8, Sendable {
    case connect = 0x30
    case disconnect = 0x31
    case event = 0x32
    case ack = 0x33
    case connectError = 0x34
  }

  public var kind: Kind
  /// The ack id, where the packet has one.
  public var id: Int?
  /// The JSON after the header, not parsed.
  public var body: ByteBuffer

  /// Parses what follows the Engine.IO message type `4`.
  ///
  /// - Parameter prefix: the namespace and its comma, such as `/bench,`; empty for the main one.
  init(parsing text: inout ByteBuffer, prefix: ByteBuffer) throws(LoadError) {
    guard let type: UInt8 = text.readInteger(), let kind = Kind(rawValue: type) else {
      throw LoadError(.protocolViolation, "a packet of an unknown or binary type")
    }
    if prefix.readableBytes > 0 {
      guard text.readSlice(length: prefix.readableBytes) == prefix else {
        throw LoadError(.protocolViolation, "a packet of another namespace")
      }
    }
    self.kind = kind
    self.id = text.readDecimal()
    self.body = text
  }
}

extension ByteBuffer {
  /// Takes the ASCII digits off the front, if there are any.
  mutating func readDecimal() -> Int? {
    var value = 0
    let digits = withUnsafeReadableBytes { bytes in
      let digits = bytes.prefix(18).prefix { $0 >= 0x30 && $0 <= 0x39 }
      for digit in digits { value = value * 10 + Int(digit - 0x30) }
      return digits.count
    }
    moveReaderIndex(forwardBy: digits)
    return digits == 0 ? nil : value
  }

  /// Appends a number that is not negative as ASCII digits.
  mutating func writeDecimal(_ value: Int) {
    var divisor = 1
    while value / divisor >= 10 { divisor *= 10 }
    while divisor > 0 {
      writeInteger(UInt8(truncatingIfNeeded: 0x30 + value / divisor % 10))
      divisor /= 10
    }
  }
}
