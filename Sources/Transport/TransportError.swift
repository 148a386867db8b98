/// What can go wrong in the transport besides a peer's own mistakes.
public struct TransportError: Error, Sendable, CustomStringConvertible {
  /// What went wrong.
  public enum Code: String, Sendable, CaseIterable {
    /// The address could not be bound.
    case bindFailed
    /// The server is started twice, or started after it was stopped.
    case invalidState
    /// A file or directory that should be served cannot be read.
    case unreadableFile
    /// A certificate or its key is not what it should be, or they do not belong together.
    case badCertificate
    /// zlib refused its input or its memory.
    case compressionFailed
    /// As many requests are passed on to other nodes as may be.
    case tooManyRelays
    /// Another node of the cluster cannot be reached, or has ended in the middle of an answer.
    case nodeLost
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
