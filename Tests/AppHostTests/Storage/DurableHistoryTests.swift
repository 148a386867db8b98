import Foundation
import NIOConcurrencyHelpers
import NIOCore
import PubSub
import Testing

@testable import AppHost

@Suite("Histories on disk")
struct DurableHistoryTests {
  private let folder: TemporaryFolder
  private let clock = NIOLockedValueBox<Int64>(1_000_000)
  private var path: String { "\(folder.path)/perigee.db" }

  init() throws { folder = try TemporaryFolder() }

  /// The histories as a process finds them that has just started.
  private func history(
    of app: String = "app", bytes: Int = 1 << 20, channels: Int = 1_000
  ) -> DurableHistory {
    DurableHistory(
      app: app, database: HistoryDatabase(path: path, patience: 1), maxBytes: bytes,
      maxChannels: channels, now: { [clock] in clock.withLockedValue { $0 } })
  }

  private func pass(_ milliseconds: Int64) { clock.withLockedValue { $0 += milliseconds } }

  private func entry(
    _ text: String, on channel: String = "a", keeping messages: Int = 100, seconds: Int64 = 60
  ) -> HistoryEntry {
    let origin = EngineOrigin(node: 1, serial: 1)
    return HistoryEntry(
      channel: channel, bytes: EnginePublication.encode(ByteBuffer(string: text), from: origin),
      limits: HistoryLimits(messages: messages, age: .seconds(seconds), isDurable: true))
  }

  private func missed(
    _ history: DurableHistory, since: Position?, on channel: String = "a"
  ) throws -> [String]? {
    let request = EngineRecoveryRequest(channel: channel, since: since, limits: nil)
    let recovery = try #require(try history.recover([request]).first)
    return recovery.isRecovered ? recovery.missed.map { String(buffer: $0.message) } : nil
  }

  private func top(_ history: DurableHistory, of channel: String = "a") throws -> Position {
    let request = EngineRecoveryRequest(channel: channel, since: nil, limits: nil)
    return try #require(try history.recover([request]).first).top
  }

  private func count(_ table: String) throws -> Int64 {
    let connection = try SQLiteConnection(path: path, creates: false, patience: 1)
    var count: Int64 = -1
    try SQLiteStatement("SELECT count(*) FROM \(table)", on: connection).run([]) {
      count = $0.integer(0)
    }
    return count
  }

  @Test("go on after a restart where they were")
  func restart() throws {
    let first = history()
    let before = try top(first)
    let positions = try first.append([entry("1"), entry("2"), entry("x", on: "b"), entry("3")])
    #expect(positions.map(\.offset) == [1, 2, 1, 3])
    #expect(positions[0].epoch == before.epoch && positions[2].epoch != before.epoch)
    let second = history()
    #expect(try missed(second, since: before) == ["1", "2", "3"])
    #expect(try missed(second, since: positions[1]) == ["3"])
    #expect(try missed(second, since: positions[2], on: "b") == [])
    #expect(try second.append([entry("4")]) == [Position(epoch: before.epoch, offset: 4)])
    #expect(try missed(history(), since: positions[0]) == ["2", "3", "4"])
  }

  @Test("keep what another app has apart")
  func apps() throws {
    let (one, two) = (history(of: "one"), history(of: "two"))
    let position = try #require(try one.append([entry("1")]).first)
    #expect(try missed(two, since: position) == nil)
    #expect(try top(two).offset == 0)
  }

  @Test("forget by number, on disk too")
  func number() throws {
    let history = history()
    let positions = try history.append((1...50).map { entry("\($0)", keeping: 10) })
    #expect(try missed(history, since: positions[39]) == (41...50).map { "\($0)" })
    #expect(try missed(history, since: positions[38]) == nil)
    #expect(try count("publications") == 10)
    _ = try history.append([entry("51", keeping: 3)])
    #expect(try count("publications") == 3)
    #expect(try missed(self.history(), since: positions[48]) == ["50", "51"])
  }

  @Test("forget by age, on disk too")
  func age() throws {
    let history = history()
    let positions = try history.append([entry("1"), entry("2")])
    pass(30_000)
    _ = try history.append([entry("3")])
    #expect(try missed(history, since: positions[0]) == ["2", "3"])
    pass(30_000)
    #expect(try missed(history, since: positions[0]) == nil)
    #expect(try missed(history, since: positions[1]) == ["3"])
    _ = try history.append([entry("4")])
    #expect(try count("publications") == 2)
  }

  @Test("forget channels that nobody has used for long, on the next publication")
  func sweep() throws {
    let history = history()
    let position = try #require(try history.append([entry("1", on: "old")]).first)
    pass(90_000)
    _ = try history.append([entry("1", on: "new")])
    #expect(try count("publications") == 1)
    #expect(try top(history, of: "old") == position)
    pass(3_700_000)
    _ = try history.append([entry("2", on: "new")])
    #expect(try count("channels") == 1)
    #expect(try top(history, of: "old").epoch != position.epoch)
  }

  @Test("are bounded in bytes: the largest forget first")
  func bytes() throws {
    let history = history(bytes: 100_000)
    let text = String(repeating: "x", count: 900)
    let small = try #require(try history.append([entry("small", on: "b")]).first)
    for _ in 1...30 { _ = try history.append((1...10).map { _ in entry(text, keeping: 1_000) }) }
    #expect(try count("publications") < 110)
    #expect(try missed(history, since: small, on: "b") == [])
    #expect(
      try missed(history, since: Position(epoch: small.epoch, offset: 0), on: "b") == ["small"])
    // What one process has counted the next one knows.
    let next = self.history(bytes: 50_000)
    _ = try next.append([entry("1", on: "c")])
    #expect(try count("publications") < 60)
    let tiny = self.history(bytes: 10)
    _ = try tiny.append([entry("1", on: "c")])
    #expect(try count("publications") == 0)
  }

  @Test("are bounded in channels: the longest unused lose their positions")
  func channels() throws {
    let history = history(channels: 100)
    for number in 0..<150 {
      pass(1)
      _ = try history.append([entry("1", on: "c\(number)")])
    }
    #expect(try count("channels") <= 100)
    #expect(try top(history, of: "c149").offset == 1)
    #expect(try top(history, of: "c0").offset == 0)
  }

  @Test("change nothing while the database is locked, and go on afterwards")
  func locked() throws {
    let history = history()
    let first = try history.append([entry("1")])
    let other = try SQLiteConnection(path: path, creates: false, patience: 1)
    try other.execute("BEGIN EXCLUSIVE")
    let error = #expect(throws: PubSubError.self) { try history.append([entry("lost")]) }
    #expect(error?.code == .unreachable)
    #expect(error?.message.contains("stop the program that has locked it") == true)
    try other.execute("COMMIT")
    #expect(try history.append([entry("2")]).map(\.offset) == [2])
    #expect(try missed(history, since: first[0]) == ["2"])
  }

  @Test("say what to do about a file that is no database")
  func corrupt() throws {
    try folder.write(String(repeating: "not a database ", count: 100), to: "perigee.db")
    let error = #expect(throws: PubSubError.self) { try history().open() }
    #expect(error?.message.contains("move this file away") == true)
  }

  @Test("are as a table in memory would be, whatever happens between restarts")
  func fuzz() throws {
    for seed in 0..<UInt64(30) {
      var random = SeededGenerator(seed: seed)
      let app = "fuzz \(seed)"
      var history = history(of: app)
      var texts: [String: [String]] = [:]
      var epochs: [String: String] = [:]
      for number in 1...60 {
        let channel = ["a", "b", "ü"][Int.random(in: 0...2, using: &random)]
        switch Int.random(in: 0...3, using: &random) {
        case 0: history = self.history(of: app)
        case 1, 2:
          let batch = (0..<Int.random(in: 1...5, using: &random)).map { "\(number) \($0)" }
          let positions = try history.append(batch.map { entry($0, on: channel, keeping: 8) })
          let before = texts[channel]?.count ?? 0
          #expect(positions.map(\.offset) == batch.indices.map { UInt64(before + $0 + 1) })
          texts[channel, default: []] += batch
          epochs[channel] = positions[0].epoch
        default:
          guard let all = texts[channel], let epoch = epochs[channel] else { continue }
          let offset = Int.random(in: 0...all.count, using: &random)
          let since = Position(epoch: epoch, offset: UInt64(offset))
          let expected = all.count - offset <= 8 ? Array(all[offset...]) : nil
          #expect(try missed(history, since: since, on: channel) == expected, "seed \(seed)")
        }
      }
    }
  }
}
