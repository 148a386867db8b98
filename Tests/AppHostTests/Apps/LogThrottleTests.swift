import Testing

@testable import AppHost

@Suite("A log throttle")
struct LogThrottleTests {
  @Test("writes so many lines a second and counts the others")
  func counts() {
    var throttle = LogThrottle(linesPerSecond: 2)
    let verdicts = [1, 1, 1, 1, 2, 2, 2, 3].map { throttle.admit(at: $0) }
    #expect(
      verdicts == [
        .write(leftOut: 0), .write(leftOut: 0), .leaveOut, .leaveOut,
        .write(leftOut: 2), .write(leftOut: 0), .leaveOut, .write(leftOut: 1),
      ])
  }
}
