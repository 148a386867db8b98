// One publishing connection of the fan-out scenario.

import NIOCore

/// Publishes the next message whenever one has reached every subscriber.
final class Publisher: ClientRole {
  private let index: Int
  private let scenario: FanOutScenario
  private let ledger: Ledger
  private let tally: Tally
  private let ready: EventLoopPromise<Void>
  private var line: Line?
  private var window: Window?
  private var finished: EventLoopPromise<Void>?
  private var inFlight = 0

  init(
    index: Int, scenario: FanOutScenario, ledger: Ledger, tally: Tally,
    ready: EventLoopPromise<Void>
  ) {
    self.index = index
    self.scenario = scenario
    self.ledger = ledger
    self.tally = tally
    self.ready = ready
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
    for number in 0..<scenario.inFlight { publish(number) }
    loop.assumeIsolated().scheduleTask(deadline: window.giveUp) { self.finish() }
    return finished.futureResult
  }

  /// Every subscriber has publication `number`.
  func completed(_ number: Int) {
    inFlight -= 1
    if let window, NIODeadline.now() < window.until {
      publish(number + scenario.inFlight)
    } else if inFlight == 0 {
      finish()
    }
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

  private func publish(_ number: Int) {
    guard let line else { return }
    let token = Token(sender: index, number: number)
    ledger.entry(for: token)?.begin(at: .now(), audience: scenario.subscribers)
    inFlight += 1
    line.emit(scenario.publication, token)
  }

  private func finish() {
    guard let finished else { return }
    self.finished = nil
    tally.counts.lost += ledger.deliveriesMissing(of: index)
    finished.succeed()
  }
}
