/// Why a case could not be counted.
public struct MicroError: Error, Sendable, CustomStringConvertible {
  public enum Code: Sendable {
    /// What the case needs could not be made.
    case setup
    /// The case did not do what it is for, so that its counts would mean nothing.
    case result
  }

  public let code: Code
  public let message: String
  public let underlying: (any Error)?

  public var description: String { message + (underlying.map { ": \($0)" } ?? "") }
}
