// One subscribing connection of the fan-out scenario.

import NIOCore

/// Subscribes, then checks that each publisher's messages arrive once each and in order.
final class Subscriber: ClientRole {
  /// Set on the loop before any publisher begins.
  var window: Window?

  private let scenario: FanOutScenario
  private let ledger: Ledger
  private let tally: Tally
  private let ready: EventLoopPromise<Void>
  private var line: Line?
  private var expected: [Int]

  init(scenario: FanOutScenario, ledger: Ledger, tally: Tally, ready: EventLoopPromise<Void>) {
    self.scenario = scenario
    self.ledger = ledger
    self.tally = tally
    self.ready = ready
    self.expected = Array(repeating: 0, count: ledger.publisherCount)
  }

  func leave() {
    line?.leave()
    line = nil
  }

  func connected(_ line: Line) {
    self.line = line
    line.emit(scenario.subscription, Token(sender: 0, number: 0), id: 0)
  }

  func received(_ packet: SocketPacket, _ line: Line) {
    switch packet.kind {
    case .ack: ready.succeed()
    case .event: delivered(packet, at: line.now)
    default: break
    }
  }

  func closed(_ reason: LoadError?) {
    ready.fail(reason ?? LoadError(.closed, "the server closed a new subscriber"))
    if line != nil { tally.counts.closedEarly += 1 }
    line = nil
  }

  private func delivered(_ packet: SocketPacket, at time: NIODeadline) {
    guard let window, let token = Token(in: packet.body), let entry = ledger.entry(for: token)
    else { return }
    guard token.number == expected[token.sender] else {
      tally.counts.unexpected += 1
      expected[token.sender] = max(expected[token.sender], token.number + 1)
      return
    }
    expected[token.sender] += 1
    tally.record(from: entry.sentAt, to: time, in: window)
    if entry.deliver() { ledger.complete(token) }
  }
}
