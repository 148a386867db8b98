import NIOCore
import Testing

@testable import PubSub

/// A history table, and the time at which it is used.
private final class RecordedTable {
  private var table: HistoryTable<Int>
  var now: NIODeadline

  init(_ table: HistoryTable<Int>, now: NIODeadline) {
    self.table = table
    self.now = now
  }

  var count: Int { table.count }
  var byteCount: Int { table.byteCount }
  var channelCount: Int { table.channelCount }

  /// Publishes what stands for each number and answers with the last position.
  @discardableResult
  func publish(_ numbers: ClosedRange<Int>, to channel: String = "a", bytes: Int = 1) -> Position {
    var last = Position(epoch: "", offset: 0)
    for number in numbers {
      _ = table.append(to: channel, bytes: bytes, now: now) { position in
        last = position
        return number
      }
    }
    return last
  }

  func recover(
    _ channel: String, since position: Position?
  ) -> Recovery<Int> {
    table.recover(channel, since: position, now: now)
  }

  func forget(_ channel: String) { table.forget { $0 == channel } }

  func configure(_ channel: String, _ limits: HistoryLimits) { table.configure(channel, limits) }
}

@Suite("A history table")
struct HistoryTableTests {
  private let start = NIODeadline.uptimeNanoseconds(1_000_000_000)

  private func table(
    messages: Int = 10, age: TimeAmount = .seconds(60), maxBytes: Int = 1_000,
    maxChannels: Int = 100
  ) -> RecordedTable {
    RecordedTable(
      HistoryTable(
        defaults: HistoryLimits(messages: messages, age: age), maxBytes: maxBytes,
        maxChannels: maxChannels), now: start)
  }

  @Test("counts each channel's publications from one and makes them with their position")
  func positions() {
    let table = table()
    #expect(table.recover("a", since: nil).top.offset == 0)
    let first = table.publish(1...1)
    let second = table.publish(2...2)
    #expect(first.offset == 1 && second.offset == 2)
    #expect(first.epoch == second.epoch)
    #expect(table.publish(1...1, to: "b").offset == 1)
  }

  @Test("gives exactly what came after a position")
  func suffix() {
    let table = table()
    let last = table.publish(1...7)
    for offset in 0...last.offset {
      let recovery = table.recover(
        "a", since: Position(epoch: last.epoch, offset: offset))
      #expect(recovery.isRecovered)
      #expect(recovery.missed == Array(1...7).suffix(Int(last.offset - offset)))
      #expect(recovery.top == last)
    }
  }

  @Test("recovers nothing for another epoch, for the future, and for what it has forgotten")
  func notRecovered() {
    let table = table(messages: 3)
    let last = table.publish(1...7)
    let strange = [
      Position(epoch: "other", offset: 7), Position(epoch: "", offset: 0),
      Position(epoch: last.epoch, offset: 8), Position(epoch: last.epoch, offset: .max),
      Position(epoch: last.epoch, offset: 3), Position(epoch: last.epoch, offset: 0),
    ]
    for position in strange {
      let recovery = table.recover("a", since: position)
      #expect(!recovery.isRecovered)
      #expect(recovery.missed.isEmpty)
      #expect(recovery.top == last)
    }
    let reached = Position(epoch: last.epoch, offset: 4)
    #expect(table.recover("a", since: reached).missed == [5, 6, 7])
  }

  @Test("says that a client without a position has missed nothing")
  func withoutPosition() {
    let table = table()
    let last = table.publish(1...3)
    let recovery = table.recover("a", since: nil)
    #expect(recovery.isRecovered && recovery.missed.isEmpty && recovery.top == last)
  }

  @Test("forgets publications at their age, and not before")
  func age() {
    let table = table(age: .seconds(60))
    let last = table.publish(1...2)
    let origin = Position(epoch: last.epoch, offset: 0)
    table.now = start + .nanoseconds(59_999_999_999)
    #expect(table.recover("a", since: origin).missed == [1, 2])
    table.now = start + .seconds(60)
    #expect(!table.recover("a", since: origin).isRecovered)
    #expect(table.recover("a", since: last).isRecovered)
    #expect(table.count == 0 && table.byteCount == 0)
  }

  @Test("forgets the oldest publications of all channels when they are too large together")
  func bytes() {
    let table = table(maxBytes: 10)
    let a = table.publish(1...2, to: "a", bytes: 3)
    let b = table.publish(1...2, to: "b", bytes: 3)
    #expect(table.count == 3 && table.byteCount == 9)
    let first = Position(epoch: a.epoch, offset: 1)
    #expect(table.recover("a", since: first).missed == [2])
    #expect(!table.recover("a", since: Position(epoch: a.epoch, offset: 0)).isRecovered)
    #expect(
      table.recover("b", since: Position(epoch: b.epoch, offset: 0)).missed == [1, 2])
    table.publish(3...3, to: "b", bytes: 11)
    #expect(table.count == 0 && table.byteCount == 0)
  }

  @Test("keeps no gap when a channel's history is turned off and on again")
  func configuring() {
    let table = table()
    table.publish(1...3)
    table.configure("a", HistoryLimits(messages: 0, age: .seconds(60)))
    let unkept = table.publish(4...4)
    #expect(unkept.offset == 4)
    table.configure("a", HistoryLimits(messages: 10, age: .seconds(60)))
    let last = table.publish(5...5)
    let early = Position(epoch: last.epoch, offset: 3)
    #expect(!table.recover("a", since: early).isRecovered)
    #expect(table.recover("a", since: unkept).missed == [5])
  }

  @Test("gives a channel that comes back a new epoch after the longest unused lost theirs")
  func channels() {
    let table = table(maxChannels: 3)
    let first = table.publish(1...1, to: "0")
    for number in 1...5 {
      table.now = table.now + .seconds(1)
      table.publish(1...1, to: "\(number)")
    }
    #expect(table.channelCount == 3)
    let recovery = table.recover("0", since: first)
    #expect(!recovery.isRecovered)
    #expect(recovery.top.epoch != first.epoch && recovery.top.offset == 0)
  }

  @Test("stays within its bounds however many channels there are")
  func flood() {
    let table = table(messages: 2, maxBytes: 500, maxChannels: 50)
    for number in 0..<20_000 {
      table.publish(1...1, to: "\(number % 137)", bytes: 7)
    }
    #expect(table.channelCount <= 50)
    #expect(table.byteCount <= 500)
    #expect(table.byteCount == table.count * 7)
  }

  @Test("drops empty channels that nobody has used for ten minutes when another one comes")
  func idle() {
    let table = table()
    table.publish(1...1, to: "old")
    table.now = start + .minutes(10)
    _ = table.recover("new", since: nil)
    #expect(table.channelCount == 1)
    #expect(table.count == 0 && table.byteCount == 0)
  }

  @Test("knows no position any more in a channel that it was told to forget")
  func forgotten() {
    let table = table()
    let gone = table.publish(1...3, to: "a")
    let kept = table.publish(1...2, to: "b")
    table.forget("a")
    #expect(table.count == 2 && table.byteCount == 2)
    #expect(!table.recover("a", since: gone).isRecovered)
    #expect(table.recover("a", since: nil).top.epoch != gone.epoch)
    #expect(table.recover("b", since: kept).isRecovered)
  }
}
