import NIOCore
import NIOEmbedded
import Testing

@testable import Transport

@Suite(.timeLimit(.minutes(1))) struct DeadlineTimerTests {
  @Test("a deadline is never early, and late by little")
  func rounding() {
    let queue = DeadlineQueue(eventLoop: EmbeddedEventLoop())
    let now = NIODeadline.now()
    for seconds in [0, 1, 2, 30, 75, 3_600] as [Int64] {
      let deadline = now + .seconds(seconds)
      let place = queue.place(of: deadline)
      #expect(place >= deadline)
      #expect(place - deadline <= .milliseconds(5) + .milliseconds(seconds * 1_000 / 30))
    }
  }

  @Test("a timer that is looked at before its deadline goes on waiting")
  func moved() {
    let queue = DeadlineQueue(eventLoop: EmbeddedEventLoop())
    var calls = 0
    let timer = DeadlineTimer(queue: queue) { calls += 1 }
    let now = NIODeadline.now()
    timer.deadline = now + .seconds(30)
    let place = queue.place(of: now + .seconds(30))
    timer.deadline = now + .seconds(60)
    timer.look(at: place, now: place)
    #expect(calls == 0)
    timer.deadline = now + .seconds(1)
    let soon = queue.place(of: now + .seconds(1))
    timer.look(at: soon, now: soon)
    timer.look(at: soon, now: soon)
    #expect(calls == 1)
  }

  @Test("a cancelled timer calls nobody")
  func cancelled() {
    let queue = DeadlineQueue(eventLoop: EmbeddedEventLoop())
    var calls = 0
    let timer = DeadlineTimer(queue: queue) { calls += 1 }
    let now = NIODeadline.now()
    timer.deadline = now
    let place = queue.place(of: now)
    timer.cancel()
    timer.look(at: place, now: place)
    #expect(calls == 0)
  }

  @Test("a cancelled timer is let go of at once, and the others of its time stay")
  func released() {
    let loop = EmbeddedEventLoop()
    let queue = DeadlineQueue(eventLoop: loop)
    var calls: [Int] = []
    let now = NIODeadline.now()
    var timers = (0..<5).map { number in DeadlineTimer(queue: queue) { calls.append(number) } }
    for timer in timers {
      timer.deadline = now + .seconds(3_600)
      timer.deadline = now + .seconds(3_600) - .milliseconds(1)
    }
    weak let released = timers[1]
    for index in [1, 4, 0] { timers[index].cancel() }
    timers.remove(at: 1)
    #expect(released == nil)
    let place = queue.place(of: now + .seconds(3_600))
    for timer in timers { timer.look(at: place, now: place) }
    #expect(calls == [2, 3])
  }
}
