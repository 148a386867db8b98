/// Keeps an app that fails thousands of times a second from drowning the log. Pure: it is told the
/// time.
struct LogThrottle {
  /// What to do with one line.
  enum Verdict: Equatable {
    /// Write it, and say first how many were left out since the last one that was written.
    case write(leftOut: Int)
    case leaveOut
  }

  private let linesPerSecond: Int
  private var second: Int64 = 0
  private var written = 0
  private var leftOut = 0

  init(linesPerSecond: Int = 20) { self.linesPerSecond = linesPerSecond }

  /// Decides about a line at `second`, counted from any fixed instant.
  mutating func admit(at second: Int64) -> Verdict {
    if second != self.second {
      self.second = second
      written = 0
    }
    guard written < linesPerSecond else {
      leftOut += 1
      return .leaveOut
    }
    written += 1
    defer { leftOut = 0 }
    return .write(leftOut: leftOut)
  }
}
