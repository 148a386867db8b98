// One connection of the echo scenario.

import NIOCore

/// Keeps a fixed number of messages in flight and checks that every one is answered exactly once.
///
/// Message n uses slot n modulo the number in flight; its answer lets message n + that number go.
final class Echoer: ClientRole {
  private struct Slot {
    var number: Int
    var sentAt: NIODeadline
  }

  private let index: Int
  private let scenario: EchoScenario
  private let tally: Tally
  private let ready: EventLoopPromise<Void>
  private let replyHead: ByteBuffer
  private var line: Line?
  private var window: Window?
  private var finished: EventLoopPromise<Void>?
  private var slots: [Slot] = []
  private var waiting = 0
  private var answered = 0

  init(index: Int, scenario: EchoScenario, tally: Tally, ready: EventLoopPromise<Void>) {
    self.index = index
    self.scenario = scenario
    self.tally = tally
    self.ready = ready
    if case .event(let name) = scenario.answer {
      self.replyHead = ByteBuffer(string: "[\"\(name)\"")
    } else {
      self.replyHead = ByteBuffer()
    }
  }

  /// Starts sending; the future succeeds when the window is over and nothing is on its way.
  func begin(_ window: Window) -> EventLoopFuture<Void> {
    let loop = ready.futureResult.eventLoop
    let finished = loop.makePromise(of: Void.self)
    guard let line else {
      finished.succeed()
      return finished.futureResult
    }
    self.window = window
    self.finished = finished
    let now = NIODeadline.now()
    slots = (0..<scenario.inFlight).map { Slot(number: $0, sentAt: now) }
    for number in 0..<scenario.inFlight { send(number, at: now, on: line) }
    loop.assumeIsolated().scheduleTask(deadline: window.giveUp) { self.finish() }
    return finished.futureResult
  }

  func leave() {
    line?.leave()
    line = nil
  }

  func connected(_ line: Line) {
    self.line = line
    ready.succeed()
  }

  func received(_ packet: SocketPacket, _ line: Line) {
    guard let window, let number = numberAnswered(by: packet) else { return }
    let slot = number % scenario.inFlight
    guard slots[slot].number == number else {
      tally.counts.unexpected += 1
      return
    }
    tally.record(from: slots[slot].sentAt, to: line.now, in: window)
    answered += 1
    waiting -= 1
    if line.now < window.until {
      send(number + scenario.inFlight, at: line.now, on: line)
    } else {
      slots[slot].number = -1
      if waiting == 0 { finish() }
    }
  }

  func closed(_ reason: LoadError?) {
    ready.fail(reason ?? LoadError(.closed, "the server closed a new connection"))
    if line != nil { tally.counts.closedEarly += 1 }
    line = nil
    finish()
  }

  private func send(_ number: Int, at time: NIODeadline, on line: Line) {
    slots[number % scenario.inFlight] = Slot(number: number, sentAt: time)
    waiting += 1
    let id = scenario.answer == .ack ? number : nil
    line.emit(scenario.message, Token(sender: index, number: number), id: id)
  }

  /// Which message a packet answers; without a token, replies are taken to come in order.
  private func numberAnswered(by packet: SocketPacket) -> Int? {
    switch scenario.answer {
    case .ack:
      return packet.kind == .ack ? packet.id : nil
    case .event:
      guard packet.kind == .event, packet.body.starts(with: replyHead) else { return nil }
      guard scenario.message.hasToken else { return answered }
      guard let token = Token(in: packet.body), token.sender == index else {
        tally.counts.unexpected += 1
        return nil
      }
      return token.number
    }
  }

  private func finish() {
    guard let finished else { return }
    self.finished = nil
    tally.counts.lost += waiting
    finished.succeed()
  }
}

extension ByteBuffer {
  fileprivate func starts(with head: ByteBuffer) -> Bool {
    getSlice(at: readerIndex, length: head.readableBytes) == head
  }
}
