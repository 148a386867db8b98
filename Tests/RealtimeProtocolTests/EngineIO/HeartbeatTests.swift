import NIOCore
import RealtimeProtocol
import Testing

@Suite struct HeartbeatTests {
  private let start = NIODeadline.uptimeNanoseconds(1_000_000_000_000)
  private let configuration = EngineConfiguration(
    pingInterval: .milliseconds(300), pingTimeout: .milliseconds(200))

  private func after(_ milliseconds: Int64) -> NIODeadline { start + .milliseconds(milliseconds) }

  @Test("a ping is due after the interval, and the pong begins it anew")
  func rhythm() {
    var heartbeat = Heartbeat(configuration: configuration, now: start)
    #expect(heartbeat.check(now: after(299)) == .nothing)
    #expect(heartbeat.check(now: after(301)) == .pingDue)
    #expect(heartbeat.deadline == after(500))
    heartbeat.pong(now: after(320))
    #expect(heartbeat.deadline == after(620))
  }

  @Test("silence ends the session after interval and timeout, however late the timer was")
  func silence() {
    var heartbeat = Heartbeat(configuration: configuration, now: start)
    #expect(heartbeat.check(now: after(340)) == .pingDue)
    #expect(!heartbeat.isExpired(now: after(499)))
    #expect(heartbeat.isExpired(now: after(500)))
    #expect(heartbeat.check(now: after(500)) == .expired)
  }

  @Test("silence is noticed even when no timer has fired")
  func noTimer() {
    let heartbeat = Heartbeat(configuration: configuration, now: start)
    #expect(!heartbeat.isExpired(now: after(499)))
    #expect(heartbeat.isExpired(now: after(500)))
  }

  @Test("a host that stalled gives its clients their whole timeout")
  func stall() {
    var heartbeat = Heartbeat(configuration: configuration, now: start)
    #expect(heartbeat.check(now: after(10_000)) == .pingDue)
    #expect(heartbeat.deadline == after(10_200))
  }

  @Test("a pong that nobody asked for changes nothing")
  func strayPong() {
    var heartbeat = Heartbeat(configuration: configuration, now: start)
    heartbeat.pong(now: after(100))
    #expect(heartbeat.deadline == after(300))
  }
}
