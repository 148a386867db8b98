import NIOCore
import PubSub
import Testing

/// What every engine promises when it is lost and comes back.
@Suite(.timeLimit(.minutes(1)), .serialized) struct ReconnectContract {
  @Test(
    "what has a history is caught up on after the link was lost", arguments: EngineUnderTest.here)
  func catchUp(_ engine: EngineUnderTest) async throws {
    try await TestCluster.of(engine) { cluster in
      let (publisher, other) = (try await cluster.node(), try await cluster.node())
      try await other.subscribe(to: "a")
      try await other.subscribe(to: "quiet")
      try await publisher.publish("before", on: "a")
      await other.heard { $0.messages(on: "a") == ["before"] }
      try await cluster.middle.cut()
      await other.heard { $0.health != .up }
      await publisher.heard { $0.health != .up }
      async let results = publisher.publishAll((1...500).map { "\($0)" }, on: "a")
      async let quiet = publisher.publish("first", on: "quiet")
      try await cluster.middle.mend()
      #expect(await results.allSatisfy { $0.isSuccess })
      #expect(try await quiet != nil)
      await other.heard { heard in
        heard.messages(on: "a").count >= 501 && !heard.messages(on: "quiet").isEmpty
          && heard.links >= 2
      }
      #expect(other.heard.messages(on: "a") == ["before"] + (1...500).map { "\($0)" })
      #expect(other.heard.gaps == [])
      await other.heard { $0.links >= 2 }
    }
  }

  @Test(
    "nothing acknowledged is lost, and nothing comes twice, whenever links break",
    arguments: EngineUnderTest.here)
  func again(_ engine: EngineUnderTest) async throws {
    try await TestCluster.of(engine) { cluster in
      let (publisher, other) = (try await cluster.node(), try await cluster.node())
      try await other.subscribe(to: "a")
      let count = 4_000
      let publishing = Task { await publisher.publishAll((1...count).map { "\($0)" }, on: "a") }
      for _ in 1...3 {
        try await cluster.middle.cut()
        await other.heard { $0.health != .up }
        let links = other.heard.links
        try await cluster.middle.mend()
        await other.heard { $0.links > links }
      }
      let results = await publishing.value
      #expect(results.allSatisfy { $0.isSuccess })
      await other.heard { $0.messages(on: "a").contains("\(count)") }
      #expect(other.heard.messages(on: "a") == (1...count).map { "\($0)" })
    }
  }

  @Test(
    "a partition in the middle of publishing loses nothing acknowledged",
    arguments: EngineUnderTest.here)
  func partition(_ engine: EngineUnderTest) async throws {
    try await TestCluster.of(engine) { cluster in
      let (publisher, other) = (try await cluster.node(), try await cluster.node())
      try await other.subscribe(to: "a")
      let count = 5_000
      let texts = (1...count).map { "\($0)" }
      let first = await publisher.publishAll(Array(texts.prefix(count / 2)), on: "a")
      try await cluster.middle.stall()
      let publishing = Task {
        await publisher.publishAll(Array(texts.dropFirst(count / 2)), on: "a")
      }
      try await Task.sleep(for: .seconds(3))
      try await cluster.middle.mend()
      let results = first + (await publishing.value)
      #expect(results.allSatisfy { $0.isSuccess })
      await other.heard { $0.messages(on: "a").count >= count }
      #expect(other.heard.messages(on: "a") == texts)
      #expect(other.heard.publications.map(\.position) == results.map { try? $0.get() })
    }
  }

  @Test(
    "a silent partition is noticed, and caught up on when it ends", arguments: EngineUnderTest.here)
  func silence(_ engine: EngineUnderTest) async throws {
    try await TestCluster.of(engine) { cluster in
      let (publisher, other) = (try await cluster.node(), try await cluster.node())
      try await other.subscribe(to: "a")
      try await cluster.middle.stall()
      let publishing = Task { try await publisher.publish("1", on: "a") }
      await other.heard { $0.health != .up }
      try await cluster.middle.mend()
      #expect(try await publishing.value != nil)
      await other.heard { $0.messages(on: "a") == ["1"] }
      #expect(other.heard.gaps == [])
    }
  }

  @Test(
    "what is only for now reaches this node while the engine is away",
    arguments: EngineUnderTest.here)
  func local(_ engine: EngineUnderTest) async throws {
    try await TestCluster.of(engine) { cluster in
      let (publisher, other) = (try await cluster.node(), try await cluster.node())
      try await publisher.subscribe(to: "a")
      try await other.subscribe(to: "a")
      try await cluster.middle.cut()
      await publisher.heard { $0.health != .up }
      let waiting = Task { await publisher.publishAll(["1", "2"], on: "a", keeping: nil) }
      await publisher.heard { $0.messages(on: "a") == ["1", "2"] }
      try await cluster.middle.mend()
      #expect(await waiting.value.allSatisfy { $0.isSuccess })
      try await publisher.publish("3", on: "a", keeping: nil)
      await publisher.heard { $0.messages(on: "a").last == "3" }
      #expect(publisher.heard.messages(on: "a") == ["1", "2", "3"])
    }
  }

  @Test("beyond the bounds a publisher gets a clear error", arguments: EngineUnderTest.here)
  func bounds(_ engine: EngineUnderTest) async throws {
    try await TestCluster.of(engine) { cluster in
      var limits = EngineLimits()
      limits.waitingMessages = 10
      limits.patience = .milliseconds(300)
      let node = try await cluster.node(limits: limits)
      try await cluster.middle.cut()
      await node.heard { $0.health != .up }
      let results = await node.publishAll((1...12).map { "\($0)" }, on: "a")
      for result in results {
        #expect(throws: PubSubError.self) { try result.get() }
        if case .failure(let error) = result { #expect(error.code == .overdue) }
      }
      try await cluster.middle.mend()
      await node.heard { $0.links >= 2 }
      #expect(try await node.publish("after", on: "a") != nil)
    }
  }

  @Test(
    "subscriptions made while the engine is away are made when it is back",
    arguments: EngineUnderTest.here)
  func subscribing(_ engine: EngineUnderTest) async throws {
    try await TestCluster.of(engine) { cluster in
      let node = try await cluster.node()
      try await cluster.middle.cut()
      await node.heard { $0.health != .up }
      async let subscribed = node.subscribe(to: "a")
      async let top = node.recover("a", since: nil)
      try await cluster.middle.mend()
      #expect(try await subscribed != nil)
      #expect(try await top.isRecovered)
      try await node.publish("1", on: "a")
      await node.heard { $0.messages(on: "a") == ["1"] }
    }
  }

  @Test("what waits is answered when the engine is shut down", arguments: EngineUnderTest.here)
  func shutDown(_ engine: EngineUnderTest) async throws {
    try await TestCluster.of(engine) { cluster in
      let node = try await cluster.node()
      try await cluster.middle.cut()
      await node.heard { $0.health != .up }
      let waiting = Task { await node.publishAll(["1", "2"], on: "a") }
      let subscribing = Task { try await node.subscribe(to: "a") }
      await node.heard { $0.health != .up }
      await node.shutDown()
      for result in await waiting.value { #expect(throws: PubSubError.self) { try result.get() } }
      await #expect(throws: (any Error).self) { try await subscribing.value }
      await #expect(throws: PubSubError.self) { try await node.publish("3", on: "a") }
      #expect(node.heard.health == .shutDown)
    }
  }
}
