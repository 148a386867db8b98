import NIOCore
import PubSub
import Testing

/// What every engine promises of histories.
@Suite(.timeLimit(.minutes(1))) struct HistoryContract {
  @Test("what came after a position is there, on every node", arguments: EngineUnderTest.here)
  func recovery(_ engine: EngineUnderTest) async throws {
    try await TestCluster.of(engine) { cluster in
      let (publisher, other) = (try await cluster.node(), try await cluster.node())
      var positions: [Position?] = []
      for number in 1...20 { positions.append(try await publisher.publish("\(number)", on: "a")) }
      try await publisher.publish("elsewhere", on: "b")
      for (index, position) in positions.enumerated() {
        let since = try #require(position)
        let recovery = try await other.recover("a", since: since)
        #expect(recovery.isRecovered)
        #expect(
          recovery.missed.map { String(buffer: $0.message) }
            == (index + 1..<20).map { "\($0 + 1)" })
        #expect(recovery.top.epoch == positions[19]?.epoch)
        #expect(recovery.top.offset >= positions[19]?.offset ?? .max)
      }
    }
  }

  @Test(
    "without a position the answer says where the channel stands", arguments: EngineUnderTest.here)
  func top(_ engine: EngineUnderTest) async throws {
    try await TestCluster.of(engine) { cluster in
      let (publisher, other) = (try await cluster.node(), try await cluster.node())
      let before = try await other.recover("a", since: nil)
      #expect(before.isRecovered && before.missed.isEmpty)
      try await publisher.publish("1", on: "a")
      try await publisher.publish("2", on: "a")
      let after = try await other.recover("a", since: before.top)
      #expect(after.isRecovered)
      #expect(after.missed.map { String(buffer: $0.message) } == ["1", "2"])
      let none = try await other.recover("a", since: after.top)
      #expect(none.isRecovered && none.missed.isEmpty)
    }
  }

  @Test("a position of another epoch, or ahead, is not recovered", arguments: EngineUnderTest.here)
  func foreign(_ engine: EngineUnderTest) async throws {
    try await TestCluster.of(engine) { cluster in
      let node = try await cluster.node()
      let position = try #require(try await node.publish("1", on: "a"))
      for wrong in [
        Position(epoch: "another", offset: 0), Position(epoch: "another", offset: position.offset),
        Position(epoch: position.epoch, offset: position.offset + 1_000_000),
      ] {
        let recovery = try await node.recover("a", since: wrong)
        #expect(!recovery.isRecovered && recovery.missed.isEmpty, "\(wrong)")
      }
    }
  }

  @Test(
    "what is beyond the limits is not kept, and nobody is told otherwise",
    arguments: EngineUnderTest.here)
  func limits(_ engine: EngineUnderTest) async throws {
    try await TestCluster.of(engine) { cluster in
      let node = try await cluster.node()
      let limits = HistoryLimits(messages: 10, age: .minutes(10))
      let first = try #require(try await node.publish("1", on: "a", keeping: limits))
      var last = first
      for number in 2...50 {
        last = try await node.publish("\(number)", on: "a", keeping: limits) ?? last
      }
      let old = try await node.recover("a", since: first, keeping: limits)
      #expect(!old.isRecovered && old.missed.isEmpty)
      let newest = try await node.recover("a", since: last, keeping: limits)
      #expect(newest.isRecovered && newest.missed.isEmpty)
      let next = try await node.publish("51", on: "a", keeping: limits)
      let one = try await node.recover("a", since: last, keeping: limits)
      #expect(one.isRecovered && one.missed.map(\.position) == [next])
    }
  }

  @Test("history and what comes live fit without a gap", arguments: EngineUnderTest.here)
  func noGap(_ engine: EngineUnderTest) async throws {
    try await TestCluster.of(engine) { cluster in
      let publisher = try await cluster.node()
      let start = try #require(try await publisher.publish("0", on: "a"))
      let count = 3_000
      async let published = publisher.publishAll((1...count).map { "\($0)" }, on: "a")
      for _ in 1...10 {
        let node = try await cluster.node()
        try await node.subscribe(to: "a")
        let recovery = try await node.recover("a", since: start)
        #expect(recovery.isRecovered)
        let top = recovery.missed.last?.position?.offset ?? start.offset
        try await publisher.publish("end", on: "a", keeping: nil)
        await node.heard { heard in
          heard.messages(on: "a").contains("\(count)")
            || recovery.missed.contains { String(buffer: $0.message) == "\(count)" }
        }
        let live = node.heard.publications.filter { ($0.position?.offset ?? 0) > top }
        let all = (recovery.missed + live).map { String(buffer: $0.message) }
        #expect(all == (1...count).map { "\($0)" })
      }
      _ = await published
    }
  }
}
