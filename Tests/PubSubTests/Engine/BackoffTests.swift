import Testing

@testable import PubSub

@Suite struct BackoffTests {
  @Test("the wait doubles up to two seconds, and begins anew when the engine was reached")
  func waits() {
    var backoff = Backoff()
    let waits = (1...8).map { _ in backoff.next(chance: 0) }
    #expect(waits == [50, 100, 200, 400, 800, 1_600, 2_000, 2_000])
    backoff.reset()
    let first = backoff.next(chance: 0.5)
    #expect(first == 38)
  }
}
