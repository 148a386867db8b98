/// What the host refuses, and why: the one error type of this module.
///
/// `message` is a whole sentence for a person: it names the file or key and the remedy.
public struct HostError: Error, Sendable, CustomStringConvertible {
  /// What kind of thing went wrong.
  public enum Code: String, Sendable {
    case configuration
    case manifest
    case plugins
    case name
    case watcher
    case listen
    case certificate
    case storage
    case storageLocked
    case storageCorrupt
  }

  public let code: Code
  public let message: String
  public let underlying: (any Error)?

  public init(_ code: Code, _ message: String, underlying: (any Error)? = nil) {
    self.code = code
    self.message = message
    self.underlying = underlying
  }

  public var description: String {
    guard let underlying else { return message }
    return "\(message) (\(underlying))"
  }
}
