import NIOCore
import Testing

@testable import PubSub

@Suite("A history table whose positions a log gives")
struct SharedHistoryTests {
  private let start = NIODeadline.uptimeNanoseconds(1_000_000_000)

  private func table(messages: Int = 10, maxChannels: Int = 100) -> HistoryTable<Int> {
    HistoryTable(
      defaults: HistoryLimits(messages: messages, age: .seconds(60)), maxBytes: 1_000,
      maxChannels: maxChannels)
  }

  private func place(_ offset: UInt64, _ epoch: String = "E") -> Position {
    Position(epoch: epoch, offset: offset)
  }

  @Test("gives what came on a channel after any place of the log")
  func missed() {
    var table = table()
    table.beginShared(at: place(10))
    for (channel, offset) in [("a", 11), ("b", 12), ("a", 15), ("a", 20)] as [(String, UInt64)] {
      table.append(Int(offset), to: channel, at: place(offset), bytes: 1, now: start)
    }
    let top = place(25)
    for (since, missed) in [
      (10, [11, 15, 20]), (11, [15, 20]), (13, [15, 20]), (20, []), (25, []),
    ]
      as [(UInt64, [Int])]
    {
      let recovery = table.recover("a", since: place(since), at: top, now: start)
      #expect(recovery.isRecovered && recovery.missed == missed && recovery.top == top)
    }
    let quiet = table.recover("quiet", since: place(10), at: top, now: start)
    #expect(quiet.isRecovered && quiet.missed.isEmpty && quiet.top == top)
    #expect(table.recover("a", since: nil, at: top, now: start).isRecovered)
  }

  @Test("does not know what was before the log was followed, what is ahead, and another log")
  func unknown() {
    var table = table()
    table.beginShared(at: place(10))
    table.append(11, to: "a", at: place(11), bytes: 1, now: start)
    for channel in ["a", "quiet"] {
      for since in [place(9), place(26), place(11, "F")] {
        let recovery = table.recover(channel, since: since, at: place(25), now: start)
        #expect(!recovery.isRecovered && recovery.missed.isEmpty)
      }
    }
    table.beginShared(at: place(3, "F"))
    #expect(table.count == 0)
    #expect(!table.recover("a", since: place(11), at: place(4, "F"), now: start).isRecovered)
    #expect(table.recover("a", since: place(3, "F"), at: place(4, "F"), now: start).isRecovered)
  }

  @Test("forgets the oldest of a channel alone, and says so")
  func limits() {
    var table = table(messages: 2)
    table.beginShared(at: place(0))
    for offset in [1, 5, 9] as [UInt64] {
      table.append(Int(offset), to: "a", at: place(offset), bytes: 1, now: start)
    }
    #expect(!table.recover("a", since: place(0), at: place(9), now: start).isRecovered)
    #expect(table.recover("a", since: place(1), at: place(9), now: start).missed == [5, 9])
    #expect(table.recover("b", since: place(0), at: place(9), now: start).isRecovered)
    table.configure("a", HistoryLimits(messages: 0, age: .seconds(60)))
    table.append(11, to: "a", at: place(11), bytes: 1, now: start)
    #expect(!table.recover("a", since: place(10), at: place(12), now: start).isRecovered)
    #expect(table.recover("a", since: place(11), at: place(12), now: start).isRecovered)
  }

  @Test("remembers that a channel that it dropped had more")
  func dropped() {
    var table = table(maxChannels: 1)
    table.beginShared(at: place(0))
    table.append(1, to: "a", at: place(1), bytes: 1, now: start)
    table.append(2, to: "b", at: place(2), bytes: 1, now: start)
    #expect(!table.recover("a", since: place(0), at: place(2), now: start).isRecovered)
    #expect(table.recover("a", since: place(1), at: place(2), now: start).isRecovered)
    // One that ended of age.
    let later = start + .minutes(30)
    table.append(3, to: "c", at: place(3), bytes: 1, now: later)
    #expect(!table.recover("b", since: place(1), at: place(3), now: later).isRecovered)
  }

  @Test("leaves channels with positions of their own alone")
  func apart() {
    var table = table()
    let own = table.append(to: "model", bytes: 1, now: start) { _ in 7 }
    #expect(own == 7)
    table.beginShared(at: place(10))
    table.append(11, to: "a", at: place(11), bytes: 1, now: start)
    let top = table.recover("model", since: nil, now: start).top
    #expect(top.offset == 1)
    #expect(
      table.recover("model", since: Position(epoch: top.epoch, offset: 0), now: start).missed == [7]
    )
  }

  @Test("answers like a list of the log: fuzz")
  func fuzz() {
    Fuzz.run { generator in
      var table = table(messages: 4)
      var log: [(channel: String, offset: UInt64)] = []
      table.beginShared(at: place(5))
      var top: UInt64 = 5
      for _ in 0..<40 {
        let channel = ["a", "b", "c"].randomElement(using: &generator) ?? "a"
        top += UInt64.random(in: 1...5, using: &generator)
        if Bool.random(using: &generator) {
          table.append(Int(top), to: channel, at: place(top), bytes: 1, now: start)
          log.append((channel, top))
        }
        let since = UInt64.random(in: 0...(top + 1), using: &generator)
        let all = log.filter { $0.channel == channel }.map(\.offset)
        let floor = all.dropLast(4).last ?? 5
        let recovery = table.recover(channel, since: place(since), at: place(top), now: start)
        let isKept = since >= floor && since <= top
        #expect(recovery.isRecovered == isKept)
        #expect(recovery.missed == (isKept ? all.filter { $0 > since }.map { Int($0) } : []))
      }
    }
  }
}
