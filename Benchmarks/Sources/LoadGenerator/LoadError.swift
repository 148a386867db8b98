/// Why a load cannot be generated or a peer cannot be understood.
public struct LoadError: Error, Sendable, CustomStringConvertible {
  /// What kind of thing went wrong.
  public enum Code: String, Sendable {
    /// A setting, such as the URL, makes no sense.
    case invalidSetting
    /// No connection, or the server turned it away.
    case refused
    /// The server said something that the protocol does not allow here.
    case protocolViolation
    /// The connection ended before its work was done.
    case closed
    /// Something did not happen in time.
    case timeout
  }

  public var code: Code
  public var message: String
  public var underlying: (any Error)?

  public init(_ code: Code, _ message: String, underlying: (any Error)? = nil) {
    self.code = code
    self.message = message
    self.underlying = underlying
  }

  public var description: String {
    guard let underlying else { return "\(code.rawValue): \(message)" }
    return "\(code.rawValue): \(message) (\(underlying))"
  }
}
