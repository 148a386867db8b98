import PubSub
import Testing

/// What every engine promises of subscriptions to many channels.
@Suite(.timeLimit(.minutes(1))) struct PatternContract {
  @Test("a star is for one part, an arrow for one or more", arguments: EngineUnderTest.here)
  func wildcards(_ engine: EngineUnderTest) async throws {
    try await TestCluster.of(engine) { cluster in
      let publisher = try await cluster.node()
      let channels = [
        "room", "room.1", "room.2", "room.1.talk", "room..talk", "room.", "hall.1", "rooms.1", "1",
      ]
      for pattern in ["room.*", "room.>", "*.1", "room.*.talk", ">", "*"] {
        let node = try await cluster.node()
        try await node.subscribe(to: pattern)
        try await node.subscribe(to: "the end")
        for limits in [nil, HistoryLimits.many] {
          for channel in channels { try await publisher.publish("x", on: channel, keeping: limits) }
        }
        for limits in [nil, HistoryLimits.many] {
          try await publisher.publish("x", on: "the end", keeping: limits)
        }
        await node.heard { $0.messages(on: "the end").count >= 2 }
        let expected = channels.filter(ChannelPattern(pattern).matches)
        for channel in channels {
          let times = expected.contains(channel) ? 2 : 0
          #expect(node.heard.messages(on: channel).count == times, "\(pattern) \(channel)")
        }
      }
    }
  }

  @Test("patterns that overlap bring each publication once", arguments: EngineUnderTest.here)
  func overlap(_ engine: EngineUnderTest) async throws {
    try await TestCluster.of(engine) { cluster in
      let (publisher, other) = (try await cluster.node(), try await cluster.node())
      for pattern in ["room.1", "room.*", "room.>", ">", "room.1"] {
        try await other.subscribe(to: pattern)
      }
      for limits in [nil, HistoryLimits.many] {
        let texts = (1...100).map { "\(limits == nil) \($0)" }
        _ = await publisher.publishAll(texts, on: "room.1", keeping: limits)
      }
      try await publisher.publish("end", on: "room.2")
      try await publisher.publish("end", on: "room.2", keeping: nil)
      await other.heard { $0.messages(on: "room.2").count >= 2 }
      let messages = other.heard.messages(on: "room.1")
      #expect(messages.count == 200 && Set(messages).count == 200)
    }
  }
}
