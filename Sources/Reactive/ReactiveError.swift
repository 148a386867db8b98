/// What went wrong in a template, a page, or the data for them.
public struct ReactiveError: Error, Sendable, CustomStringConvertible {
  /// The kind of failure.
  public enum Code: String, Sendable {
    /// The template's or page's text is not what it should be.
    case template
    /// The data is not JSON.
    case data
    /// Something is larger or deeper than its bound.
    case limit
  }

  public let code: Code
  /// What is wrong and what to do about it, in one sentence.
  public let message: String
  /// The template or page, as its author knows it; empty when unknown.
  public let name: String
  /// Counted from 1; 0 when unknown.
  public let line: Int
  /// Counted from 1; 0 when unknown.
  public let column: Int
  public let underlying: (any Error)?

  public init(
    _ code: Code, _ message: String, name: String = "", line: Int = 0, column: Int = 0,
    underlying: (any Error)? = nil
  ) {
    self.code = code
    self.message = message
    self.name = name
    self.line = line
    self.column = column
    self.underlying = underlying
  }

  /// The message behind its place, such as `todo.html:3:7: …`.
  public var description: String {
    line > 0 ? "\(name.isEmpty ? "template" : name):\(line):\(column): \(message)" : message
  }
}
