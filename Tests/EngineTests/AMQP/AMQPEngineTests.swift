import NIOCore
import PubSub
import PubSubAMQP
import Testing

/// What is RabbitMQ's own.
@Suite(.timeLimit(.minutes(1)), .enabled(if: EngineUnderTest.amqp.url != nil))
struct AMQPEngineTests {
  /// Runs `body` with a cluster under a prefix of its own.
  private func cluster(
    options: String = "", _ body: (TestCluster, AMQPMiddle) async throws -> Void
  ) async throws {
    let url = try #require(EngineUnderTest.amqp.url)
    let middle = try await AMQPMiddle(url, options: options)
    try await TestCluster.of(TestCluster(middle)) { try await body($0, middle) }
  }

  @Test("a wrong password is told, and not shown")
  func password() async throws {
    let url = try #require(EngineUnderTest.amqp.url)
    let middle = try await AMQPMiddle(url, user: "guest:open-sesame")
    let node = try TestNode(middle, limits: EngineLimits())
    await node.heard { if case .down = $0.health { true } else { false } }
    let reason = try #require(node.heard.health.reason)
    #expect(reason.contains("ACCESS_REFUSED"))
    #expect(!reason.contains("sesame"))
    await node.shutDown()
    try await middle.end()
  }

  @Test("a stream that was deleted gets a new epoch, and a gap is told")
  func deletedStream() async throws {
    try await cluster { cluster, middle in
      let (publisher, other) = (try await cluster.node(), try await cluster.node())
      try await other.subscribe(to: "a")
      let old = try #require(try await publisher.publish("1", on: "a"))
      await other.heard { $0.messages(on: "a") == ["1"] }
      try middle.program().deleteStream("\(middle.prefix).kept")
      await other.heard { $0.gaps.contains("a") && $0.links >= 2 }
      await publisher.heard { $0.links >= 2 }
      let new = try #require(try await publisher.publish("2", on: "a"))
      await other.heard { $0.messages(on: "a") == ["1", "2"] }
      #expect(new.epoch != old.epoch)
      #expect(try await !other.recover("a", since: old).isRecovered)
      let late = try await cluster.node()
      #expect(try await late.recover("a", since: nil).top.epoch == new.epoch)
    }
  }

  @Test("what a new node has not seen is read from the stream")
  func replay() async throws {
    try await cluster { cluster, _ in
      let publisher = try await cluster.node()
      let first = try #require(try await publisher.publish("0", on: "a"))
      let texts = (1...15_000).map { "\($0)" }
      async let noise = publisher.publishAll(texts, on: "b")
      let results = await publisher.publishAll(texts, on: "a")
      _ = await noise
      let middle = try #require(try results[7_000].get())
      let late = try await cluster.node()
      let all = try await late.recover("a", since: first)
      #expect(all.isRecovered && all.missed.map { String(buffer: $0.message) } == texts)
      let rest = try await late.recover("a", since: middle)
      #expect(rest.isRecovered)
      #expect(rest.missed.map { String(buffer: $0.message) } == Array(texts[7_001...]))
      let few = HistoryLimits(messages: 100, age: .minutes(10))
      #expect(try await !late.recover("a", since: middle, keeping: few).isRecovered)
      let brief = HistoryLimits(messages: 100_000, age: .nanoseconds(1))
      #expect(try await !late.recover("a", since: middle, keeping: brief).isRecovered)
    }
  }

  @Test("what the stream has forgotten is not recovered")
  func trimmed() async throws {
    try await cluster(options: "&max-bytes=1000000") { cluster, _ in
      let publisher = try await cluster.node()
      let first = try #require(try await publisher.publish("first", on: "a"))
      let message = String(repeating: "x", count: 50_000)
      for _ in 1...10 {
        let results = await publisher.publishAll(
          Array(repeating: message, count: 20), on: "a")
        #expect(results.allSatisfy { $0.isSuccess })
      }
      let last = try #require(try await publisher.publish("last", on: "a"))
      try await publisher.publish("after", on: "a")
      let late = try await cluster.node()
      #expect(try await !late.recover("a", since: first).isRecovered)
      let recovery = try await late.recover("a", since: last)
      #expect(recovery.isRecovered)
      #expect(recovery.missed.map { String(buffer: $0.message) } == ["after"])
    }
  }

  @Test("bytes of another program are passed over")
  func otherProgram() async throws {
    try await cluster { cluster, middle in
      let node = try await cluster.node()
      try await node.subscribe(to: ">")
      let start = try #require(try await node.publish("1", on: "a"))
      let program = try middle.program()
      for text in ["", "raw", "PG\u{1}\u{1}short", "PG\u{1}\u{9}unknown kind of message"] {
        program.publish(text, to: "", key: "\(middle.prefix).kept")
        program.publish(text, to: "\(middle.prefix).live", key: "a")
      }
      let late = try await cluster.node()
      try await node.publish("2", on: "a")
      try await node.publish("3", on: "a", keeping: nil)
      await node.heard { $0.publications.count >= 3 }
      // What is kept and what is only for now come by two queues, each in its order.
      #expect(node.heard.messages(on: "a").filter { $0 != "3" } == ["1", "2"])
      #expect(node.heard.links == 1)
      let recovery = try await late.recover("a", since: start)
      #expect(recovery.isRecovered && recovery.missed.count == 1)
    }
  }

  @Test("a pattern brings channels with long names, too, whichever patterns end")
  func longNames() async throws {
    try await cluster { cluster, _ in
      let (publisher, other) = (try await cluster.node(), try await cluster.node())
      let name = "room." + String(repeating: "long", count: 500)
      try await other.subscribe(to: "room.*")
      try await other.subscribe(to: "hall.*")
      other.engine.unsubscribe(from: ChannelPattern("hall.*"))
      try await other.subscribe(to: "x")
      try await publisher.publish("1", on: name, keeping: nil)
      await other.heard { $0.messages(on: name) == ["1"] }
      try await publisher.publish("2", on: name)
      await other.heard { $0.messages(on: name) == ["1", "2"] }
    }
  }

  @Test("a name that no message holds is refused, and the link stays")
  func endlessName() async throws {
    try await cluster { cluster, _ in
      let node = try await cluster.node()
      let name = String(repeating: "x", count: 70_000)
      for limits in [nil, HistoryLimits.many] {
        await #expect {
          try await node.publish("1", on: name, keeping: limits)
        } throws: {
          ($0 as? PubSubError)?.code == .tooLarge
        }
      }
      #expect(try await node.publish("2", on: "a") != nil)
      #expect(node.heard.links == 1)
    }
  }

  @Test("a partition that outlasts the link loses nothing acknowledged, and repeats nothing")
  func longPartition() async throws {
    try await cluster { cluster, middle in
      let (publisher, other) = (try await cluster.node(), try await cluster.node())
      try await other.subscribe(to: "a")
      let start = try #require(try await publisher.publish("0", on: "a"))
      let texts = (1...4_000).map { "\($0)" }
      let publishing = Task { await publisher.publishAll(texts, on: "a") }
      try await middle.stall()
      await publisher.heard { $0.health != .up }
      try await middle.mend()
      #expect(await publishing.value.allSatisfy { $0.isSuccess })
      await other.heard { $0.messages(on: "a").contains("4000") }
      #expect(other.heard.messages(on: "a") == ["0"] + texts)
      let late = try await cluster.node()
      let history = try await late.recover("a", since: start)
      #expect(history.missed.map { String(buffer: $0.message) } == texts)
    }
  }
}
