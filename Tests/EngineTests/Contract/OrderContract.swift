import NIOCore
import PubSub
import Testing

/// What every engine promises of live publications.
@Suite(.timeLimit(.minutes(1))) struct OrderContract {
  @Test("what one node publishes arrives at all others in order", arguments: EngineUnderTest.here)
  func orderOfOne(_ engine: EngineUnderTest) async throws {
    try await TestCluster.of(engine) { cluster in
      let (publisher, other) = (try await cluster.node(), try await cluster.node())
      try await publisher.subscribe(to: "a")
      try await other.subscribe(to: "a")
      for limits in [nil, HistoryLimits.many] {
        let channel = limits == nil ? "live" : "kept"
        try await publisher.subscribe(to: channel)
        try await other.subscribe(to: channel)
        let texts = (1...2_000).map { "\($0)" }
        let results = await publisher.publishAll(texts, on: channel, keeping: limits)
        #expect(results.allSatisfy { $0.isSuccess })
        for node in [publisher, other] {
          await node.heard { $0.messages(on: channel).count >= texts.count }
          #expect(node.heard.messages(on: channel) == texts)
        }
      }
    }
  }

  @Test(
    "publications with a history arrive everywhere in the order of their offsets",
    arguments: EngineUnderTest.here)
  func orderOfMany(_ engine: EngineUnderTest) async throws {
    try await TestCluster.of(engine) { cluster in
      var nodes: [TestNode] = []
      for _ in 1...3 { nodes.append(try await cluster.node()) }
      for node in nodes { try await node.subscribe(to: "a") }
      await withTaskGroup { group in
        for (index, node) in nodes.enumerated() {
          group.addTask { _ = await node.publishAll((1...500).map { "\(index).\($0)" }, on: "a") }
        }
      }
      for node in nodes { await node.heard { $0.publications.count >= 1_500 } }
      let first = nodes[0].heard.publications
      let offsets = first.compactMap { $0.position?.offset }
      #expect(offsets.count == 1_500 && zip(offsets, offsets.dropFirst()).allSatisfy { $0 < $1 })
      #expect(Set(first.compactMap { $0.position?.epoch }).count == 1)
      for node in nodes.dropFirst() { #expect(node.heard.publications == first) }
    }
  }

  @Test(
    "the position that a publisher is told is the one that subscribers see",
    arguments: EngineUnderTest.here)
  func positions(_ engine: EngineUnderTest) async throws {
    try await TestCluster.of(engine) { cluster in
      let (publisher, other) = (try await cluster.node(), try await cluster.node())
      try await other.subscribe(to: "a")
      let positions = [
        try await publisher.publish("1", on: "a"), try await publisher.publish("2", on: "a"),
      ]
      #expect(try await publisher.publish("3", on: "a", keeping: nil) == nil)
      await other.heard { $0.publications.count >= 3 }
      let seen = other.heard.publications.filter { $0.position != nil }
      #expect(seen.map(\.position) == positions)
      #expect(positions.allSatisfy { $0 != nil })
    }
  }

  @Test(
    "who has not subscribed gets nothing, nor who has ended it", arguments: EngineUnderTest.here)
  func subscriptions(_ engine: EngineUnderTest) async throws {
    try await TestCluster.of(engine) { cluster in
      let (publisher, other) = (try await cluster.node(), try await cluster.node())
      try await other.subscribe(to: "a")
      try await other.subscribe(to: "end")
      try await publisher.publish("1", on: "a")
      try await publisher.publish("1", on: "b")
      try await publisher.publish("1", on: "end", keeping: nil)
      await other.heard { !$0.messages(on: "end").isEmpty && !$0.messages(on: "a").isEmpty }
      other.engine.unsubscribe(from: ChannelPattern("a"))
      try await other.subscribe(to: "c")
      try await publisher.publish("2", on: "a")
      try await publisher.publish("2", on: "c")
      await other.heard { !$0.messages(on: "c").isEmpty }
      #expect(other.heard.messages(on: "a") == ["1"])
      #expect(other.heard.messages(on: "b") == [])
    }
  }

  @Test("any bytes and any channel name pass unchanged", arguments: EngineUnderTest.here)
  func bytes(_ engine: EngineUnderTest) async throws {
    try await TestCluster.of(engine) { cluster in
      let (publisher, other) = (try await cluster.node(), try await cluster.node())
      let channels = [
        "a b", "ü.ß", "x..y", ".", "*", "a.>", "[a]?*", "tab\tnull\u{0}end", "/chat\u{0}croom-1",
        String(repeating: "long.", count: 60), "%41", "$SYS", "", "#", ">",
      ]
      let message = ByteBuffer(bytes: (0...255).map(UInt8.init))
      for channel in channels {
        try await subscribe(other, exactly: channel)
        for limits in [nil, HistoryLimits.many] {
          _ = try await publisher.publish(message, on: channel, keeping: limits)
        }
      }
      await other.heard { $0.publications.count >= 2 * channels.count }
      for channel in channels {
        let received = other.heard.publications.filter { $0.channel == channel }
        #expect(received.map(\.message) == [message, message], "\(channel)")
      }
    }
  }

  private func subscribe(_ node: TestNode, exactly channel: String) async throws {
    _ = try await node.subscribe(to: .exactly(channel))
  }

  @Test(
    "a message of several megabytes passes; one too large is refused",
    arguments: EngineUnderTest.here)
  func large(_ engine: EngineUnderTest) async throws {
    try await TestCluster.of(engine) { cluster in
      var limits = EngineLimits()
      limits.messageBytes = 5 << 20
      let (publisher, other) = (try await cluster.node(limits: limits), try await cluster.node())
      try await other.subscribe(to: "a")
      let message = ByteBuffer(repeating: 7, count: 900_000)
      for kept in [nil, HistoryLimits.many] {
        _ = try await publisher.publish(message, on: "a", keeping: kept)
      }
      await other.heard { $0.publications.count >= 2 }
      #expect(other.heard.publications.map(\.message) == [message, message])
      await #expect {
        try await publisher.publish(ByteBuffer(repeating: 7, count: 6 << 20), on: "a", keeping: nil)
      } throws: {
        ($0 as? PubSubError)?.code == .tooLarge
      }
    }
  }

  @Test("thousands of channels keep apart", arguments: EngineUnderTest.here)
  func channels(_ engine: EngineUnderTest) async throws {
    try await TestCluster.of(engine) { cluster in
      let (publisher, other) = (try await cluster.node(), try await cluster.node())
      let channels = (1...3_000).map { "room.\($0)" }
      await withTaskGroup { group in
        for channel in channels {
          group.addTask { try? await other.subscribe(to: channel) }
        }
      }
      await withTaskGroup { group in
        for channel in channels {
          group.addTask { _ = await publisher.publishAll(["1", "2"], on: channel) }
        }
      }
      await other.heard { $0.publications.count >= 2 * channels.count }
      let received = Dictionary(grouping: other.heard.publications, by: \.channel)
      #expect(received.count == channels.count)
      #expect(received.values.allSatisfy { $0.map { String(buffer: $0.message) } == ["1", "2"] })
    }
  }
}
