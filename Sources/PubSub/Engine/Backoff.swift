/// How long to wait before the next attempt to reach an engine. Pure: chance comes in as a number.
public struct Backoff: Sendable {
  private static let first: Int64 = 50
  private static let longest: Int64 = 2_000

  private var milliseconds = first

  public init() {}

  /// The wait after one more failure: twice the last one, up to two seconds, less up to a half, so that
  /// nodes do not come back all at once.
  ///
  /// - Parameter chance: from 0 up to 1.
  public mutating func next(chance: Double) -> Int64 {
    defer { milliseconds = Swift.min(2 * milliseconds, Self.longest) }
    return milliseconds - Int64(Double(milliseconds) / 2 * chance)
  }

  /// The engine was reached.
  public mutating func reset() { milliseconds = Self.first }
}
