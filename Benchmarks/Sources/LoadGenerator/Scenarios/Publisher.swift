// One publishing connection of the fan-out scenario.

import NIOCore

/// Publishes the next message whenever the oldest has reached every subscriber.
///
/// Subscribers on several loops may report out of order; a window that moves only at its oldest
/// message keeps the numbers in the order in which they are sent.
final class Publisher: ClientRole {
  private let index: Int
  private let scenario: FanOutScenario
  private let ledger: Ledger
  private let tally: Tally
  private let ready: EventLoopPromise<Void>
  private var line: Line?
  private var window: Window?
  private var finished: EventLoopPromise<Void>?
  /// The oldest publication that some subscriber lacks, and the next number to publish.
  private var oldest = 0
  private var next = 0
  /// Which publications of the window all subscribers have.
  private var isComplete: [Bool]

  init(
    index: Int, scenario: FanOutScenario, ledger: Ledger, tally: Tally,
    ready: EventLoopPromise<Void>
  ) {
    self.index = index
    self.scenario = scenario
    self.ledger = ledger
    self.tally = tally
    self.ready = ready
    self.isComplete = Array(repeating: false, count: scenario.inFlight)
  }

  /// Starts publishing; the future succeeds when the window is over and everything was delivered.
  func begin(_ window: Window) -> EventLoopFuture<Void> {
    let loop = ready.futureResult.eventLoop
    let finished = loop.makePromise(of: Void.self)
    guard line != nil else {
      finished.succeed()
      return finished.futureResult
    }
    self.window = window
    self.finished = finished
    ledger.register(Seat(self, eventLoop: loop), as: index)
    for _ in 0..<scenario.inFlight { publish() }
    loop.assumeIsolated().scheduleTask(deadline: window.giveUp) { self.finish() }
    return finished.futureResult
  }

  /// Every subscriber has publication `number`.
  func completed(_ number: Int) {
    isComplete[number % isComplete.count] = true
    let isOver = window.map { NIODeadline.now() >= $0.until } ?? true
    while isComplete[oldest % isComplete.count] {
      isComplete[oldest % isComplete.count] = false
      oldest += 1
      if !isOver { publish() }
    }
    if oldest == next { finish() }
  }

  func leave() {
    line?.leave()
    line = nil
  }

  func connected(_ line: Line) {
    self.line = line
    ready.succeed()
  }

  func received(_ packet: SocketPacket, _ line: Line) {}

  func closed(_ reason: LoadError?) {
    ready.fail(reason ?? LoadError(.closed, "the server closed a new publisher"))
    if line != nil { tally.counts.closedEarly += 1 }
    line = nil
    finish()
  }

  private func publish() {
    guard let line else { return }
    let token = Token(sender: index, number: next)
    ledger.entry(for: token)?.begin(at: .now(), audience: scenario.subscribers)
    next += 1
    line.emit(scenario.publication, token)
  }

  private func finish() {
    guard let finished else { return }
    self.finished = nil
    tally.counts.lost += ledger.deliveriesMissing(of: index)
    finished.succeed()
  }
}
