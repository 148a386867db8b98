/// A peer broke a protocol: what it did, in a code to test and a sentence to log.
public struct ProtocolError: Error, Sendable, Equatable, CustomStringConvertible {
  /// What was broken.
  public enum Code: String, Sendable, CaseIterable {
    /// An Engine.IO packet has no type, an unknown type, or a type that this moment forbids.
    case invalidEnginePacket
    /// A base64 packet of a polling payload does not decode.
    case invalidBase64
    /// A Socket.IO packet has an unknown type, a malformed header, or a payload of a wrong kind.
    case invalidSocketPacket
    /// Text came while attachments were awaited, or binary while none were.
    case unexpectedMessage
    /// A packet announces more attachments than allowed.
    case tooManyAttachments
    /// A name, number or payload is longer than its bound.
    case limitExceeded
    /// A WebSocket frame breaks RFC 6455.
    case invalidFrame
    /// A WebSocket text message is not UTF-8.
    case invalidUTF8
    /// A compressed WebSocket message does not inflate.
    case invalidCompression
    /// A WebSocket message is longer than the configured maximum.
    case messageTooLarge
  }

  public let code: Code
  public let message: String
  /// The error that caused this one, if another did.
  public let underlying: (any Error)?

  public init(_ code: Code, _ message: String, underlying: (any Error)? = nil) {
    self.code = code
    self.message = message
    self.underlying = underlying
  }

  public var description: String { "\(code.rawValue): \(message)" }

  public static func == (left: Self, right: Self) -> Bool {
    left.code == right.code && left.message == right.message
  }
}
