/// What can go wrong between nodes.
public struct PubSubError: Error, Sendable, CustomStringConvertible {
  /// What went wrong.
  public enum Code: String, Sendable, CaseIterable {
    /// An engine's URL cannot be read, or asks for what the engine does not have.
    case badURL
    /// The engine cannot be reached, or was lost.
    case unreachable
    /// The engine turned the credentials away.
    case unauthorized
    /// As much waits for the engine as is allowed, or it has waited for too long.
    case overdue
    /// The message is larger than the engine carries.
    case tooLarge
    /// The engine answered what it should not, or refused a command.
    case refused
    /// The engine was shut down by this node.
    case shutDown
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

  public var description: String {
    underlying.map { "\(message): \($0)" } ?? message
  }
}
