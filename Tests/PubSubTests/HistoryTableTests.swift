import NIOCore
import Testing

@testable import PubSub

@Suite("A history table")
struct HistoryTableTests {
  private let start = NIODeadline.uptimeNanoseconds(1_000_000_000)

  private func table(
    messages: Int = 10, age: TimeAmount = .seconds(60), maxBytes: Int = 1_000,
    maxChannels: Int = 100
  ) -> HistoryTable<Int> {
    HistoryTable(
      defaults: HistoryLimits(messages: messages, age: age), maxBytes: maxBytes,
      maxChannels: maxChannels)
  }

  /// Publishes what stands for each number and answers with the last position.
  @discardableResult
  private func publish(
    _ numbers: ClosedRange<Int>, to channel: String = "a", bytes: Int = 1,
    in table: inout HistoryTable<Int>
  ) -> Position {
    var last = Position(epoch: "", offset: 0)
    for number in numbers {
      _ = table.append(to: channel, bytes: bytes, now: start) { position in
        last = position
        return number
      }
    }
    return last
  }

  @Test("counts each channel's publications from one and makes them with their position")
  func positions() {
    var table = table()
    #expect(table.recover("a", since: nil, now: start).top.offset == 0)
    let first = publish(1...1, in: &table)
    let second = publish(2...2, in: &table)
    #expect(first.offset == 1 && second.offset == 2)
    #expect(first.epoch == second.epoch)
    #expect(publish(1...1, to: "b", in: &table).offset == 1)
  }

  @Test("gives exactly what came after a position")
  func suffix() {
    var table = table()
    let last = publish(1...7, in: &table)
    for offset in 0...last.offset {
      let recovery = table.recover(
        "a", since: Position(epoch: last.epoch, offset: offset), now: start)
      #expect(recovery.isRecovered)
      #expect(recovery.missed == Array(1...7).suffix(Int(last.offset - offset)))
      #expect(recovery.top == last)
    }
  }

  @Test("recovers nothing for another epoch, for the future, and for what it has forgotten")
  func notRecovered() {
    var table = table(messages: 3)
    let last = publish(1...7, in: &table)
    let strange = [
      Position(epoch: "other", offset: 7), Position(epoch: "", offset: 0),
      Position(epoch: last.epoch, offset: 8), Position(epoch: last.epoch, offset: .max),
      Position(epoch: last.epoch, offset: 3), Position(epoch: last.epoch, offset: 0),
    ]
    for position in strange {
      let recovery = table.recover("a", since: position, now: start)
      #expect(!recovery.isRecovered)
      #expect(recovery.missed.isEmpty)
      #expect(recovery.top == last)
    }
    let reached = Position(epoch: last.epoch, offset: 4)
    #expect(table.recover("a", since: reached, now: start).missed == [5, 6, 7])
  }

  @Test("says that a client without a position has missed nothing")
  func withoutPosition() {
    var table = table()
    let last = publish(1...3, in: &table)
    let recovery = table.recover("a", since: nil, now: start)
    #expect(recovery.isRecovered && recovery.missed.isEmpty && recovery.top == last)
  }

  @Test("forgets publications at their age, and not before")
  func age() {
    var table = table(age: .seconds(60))
    let last = publish(1...2, in: &table)
    let origin = Position(epoch: last.epoch, offset: 0)
    let almost = start + .nanoseconds(59_999_999_999)
    #expect(table.recover("a", since: origin, now: almost).missed == [1, 2])
    #expect(!table.recover("a", since: origin, now: start + .seconds(60)).isRecovered)
    #expect(table.recover("a", since: last, now: start + .seconds(60)).isRecovered)
    #expect(table.count == 0 && table.byteCount == 0)
  }

  @Test("forgets the oldest publications of all channels when they are too large together")
  func bytes() {
    var table = table(maxBytes: 10)
    let a = publish(1...2, to: "a", bytes: 3, in: &table)
    let b = publish(1...2, to: "b", bytes: 3, in: &table)
    #expect(table.count == 3 && table.byteCount == 9)
    let first = Position(epoch: a.epoch, offset: 1)
    #expect(table.recover("a", since: first, now: start).missed == [2])
    #expect(!table.recover("a", since: Position(epoch: a.epoch, offset: 0), now: start).isRecovered)
    #expect(
      table.recover("b", since: Position(epoch: b.epoch, offset: 0), now: start).missed == [1, 2])
    publish(3...3, to: "b", bytes: 11, in: &table)
    #expect(table.count == 0 && table.byteCount == 0)
  }

  @Test("keeps no gap when a channel's history is turned off and on again")
  func configuring() {
    var table = table()
    publish(1...3, in: &table)
    table.configure("a", HistoryLimits(messages: 0, age: .seconds(60)))
    let unkept = publish(4...4, in: &table)
    #expect(unkept.offset == 4)
    table.configure("a", HistoryLimits(messages: 10, age: .seconds(60)))
    let last = publish(5...5, in: &table)
    let early = Position(epoch: last.epoch, offset: 3)
    #expect(!table.recover("a", since: early, now: start).isRecovered)
    #expect(table.recover("a", since: unkept, now: start).missed == [5])
  }

  @Test("gives a channel that comes back a new epoch after the longest unused lost theirs")
  func channels() {
    var table = table(maxChannels: 3)
    let first = publish(1...1, to: "0", in: &table)
    for number in 1...5 { publish(1...1, to: "\(number)", in: &table) }
    #expect(table.channelCount <= 3)
    let recovery = table.recover("0", since: first, now: start)
    #expect(!recovery.isRecovered)
    #expect(recovery.top.epoch != first.epoch && recovery.top.offset == 0)
  }

  @Test("stays within its bounds however many channels there are")
  func flood() {
    var table = table(messages: 2, maxBytes: 500, maxChannels: 50)
    for number in 0..<20_000 {
      publish(1...1, to: "\(number % 137)", bytes: 7, in: &table)
    }
    #expect(table.channelCount <= 50)
    #expect(table.byteCount <= 500)
    #expect(table.byteCount == table.count * 7)
  }

  @Test("drops empty channels that nobody has used for ten minutes when another one comes")
  func idle() {
    var table = table()
    publish(1...1, to: "old", in: &table)
    let later = start + .minutes(10)
    _ = table.recover("new", since: nil, now: later)
    #expect(table.channelCount == 1)
    #expect(table.count == 0 && table.byteCount == 0)
  }
}
