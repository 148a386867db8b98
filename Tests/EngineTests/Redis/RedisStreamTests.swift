import NIOCore
import PubSub
import PubSubRedis
import Testing

/// What is on the server, and what others do to it.
@Suite(.timeLimit(.minutes(1)), .enabled(if: EngineUnderTest.redis.url != nil))
struct RedisStreamTests {
  @Test("no more is kept than the limits say, and keys end when a channel is idle")
  func trimmed() async throws {
    try await withNode { node, middle in
      let limits = HistoryLimits(messages: 10, age: .minutes(10))
      _ = await node.publishAll((1...500).map { "\($0)" }, on: "a", keeping: limits)
      let console = try middle.console()
      #expect(try console.run("XLEN", "\(middle.prefix):stream:a") == ["10"])
      for key in try console.keys("\(middle.prefix):*") {
        let left = try #require(Int(try console.run("PTTL", key).first ?? ""))
        #expect(left > 600_000, "\(key)")
      }
      let stream = Int(try console.run("PTTL", "\(middle.prefix):stream:a").first ?? "") ?? 0
      let state = Int(try console.run("PTTL", "\(middle.prefix):channel:a").first ?? "") ?? 0
      #expect(state > stream + 600_000)
    }
  }

  @Test("what is too old is removed from the stream, and is not read before that")
  func old() async throws {
    try await withNode { node, middle in
      let limits = HistoryLimits(messages: 1_000, age: .milliseconds(50))
      let first = try await node.publish("1", on: "a", keeping: limits)
      _ = await node.publishAll((2...300).map { "\($0)" }, on: "a", keeping: limits)
      var recovery = try await node.recover("a", since: first, keeping: limits)
      while recovery.isRecovered {
        try Task.checkCancellation()
        recovery = try await node.recover("a", since: first, keeping: limits)
      }
      #expect(recovery.missed.isEmpty && recovery.top.offset == 300)
      let console = try middle.console()
      repeat {
        try Task.checkCancellation()
        try await node.publish("again", on: "a", keeping: limits)
      } while Int(try console.run("XLEN", "\(middle.prefix):stream:a").first ?? "") ?? 0 > 290
    }
  }

  @Test("a history that is too large to be read at once counts as lost, and a part of it does not")
  func large() async throws {
    try await withNode { node, _ in
      let limits = HistoryLimits(messages: 100, age: .minutes(10))
      let text = String(repeating: "x", count: 4 << 20)
      var places: [Position] = []
      for _ in 1...20 {
        places.append(try #require(try await node.publish(text, on: "a", keeping: limits)))
      }
      let all = try await node.recover("a", since: places[0], keeping: limits)
      #expect(!all.isRecovered && all.missed.isEmpty && all.top == places[19])
      let some = try await node.recover("a", since: places[9], keeping: limits)
      #expect(some.isRecovered && some.missed.count == 10)
    }
  }

  @Test("when the stream was deleted, there is a gap and a new epoch")
  func deleted() async throws {
    try await withNode { node, middle in
      try await node.subscribe(to: "a")
      let before = try #require(try await node.publish("1", on: "a"))
      await node.heard { !$0.publications.isEmpty }
      try await middle.cut()
      await node.heard { $0.health != .up }
      try middle.forget()
      try await middle.mend()
      await node.heard { $0.gaps.contains("a") }
      let after = try #require(try await node.publish("2", on: "a"))
      #expect(after.epoch != before.epoch && after.offset == 1)
      let recovery = try await node.recover("a", since: before)
      #expect(!recovery.isRecovered)
      await node.heard { $0.messages(on: "a") == ["1", "2"] }
    }
  }

  @Test("a channel that begins anew has another epoch, and what is published on it is heard")
  func anew() async throws {
    try await withNode { node, middle in
      try await node.subscribe(to: "a")
      var before = try #require(try await node.publish("1", on: "a"))
      for text in ["2", "3"] {
        try middle.forget()
        let after = try #require(try await node.publish(text, on: "a"))
        #expect(after.epoch != before.epoch && after.offset == 1)
        before = after
      }
      await node.heard { $0.messages(on: "a") == ["1", "2", "3"] }
      try middle.forget()
      #expect(try await node.recover("a", since: before).isRecovered == false)
    }
  }

  @Test("a stream of which a part is gone is not recovered")
  func holes() async throws {
    try await withNode { node, middle in
      let first = try await node.publish("1", on: "a")
      for text in ["2", "3", "4"] { try await node.publish(text, on: "a") }
      let console = try middle.console()
      let key = "\(middle.prefix):stream:a"
      let entries = try console.run("XRANGE", key, "3-0", "+", "COUNT", "1")
      try console.run("XDEL", key, try #require(entries.first))
      let recovery = try await node.recover("a", since: first)
      #expect(!recovery.isRecovered && recovery.missed.isEmpty && recovery.top.offset == 4)
    }
  }

  @Test("what another program publishes is ignored")
  func foreign() async throws {
    try await withNode { node, middle in
      try await node.subscribe(to: "a")
      try await node.subscribe(to: ">")
      let console = try middle.console()
      for text in [
        "", "x", "\n", "\nx", "epoch:1\n", "epoch:1\n\u{0}\u{0}\u{0}\u{1}x", "a:b:c\n",
        "epoch:18446744073709551615\n\u{0}\u{0}\u{0}\u{0}\u{0}\u{0}\u{0}\u{0}",
      ] {
        let heard = try console.run("PUBLISH", "\(middle.prefix):0:a", text)
        #expect(heard == ["2"])
      }
      try await node.publish("1", on: "a")
      await node.heard { !$0.publications.isEmpty }
      #expect(node.heard.messages(on: "a") == ["1"])
      #expect(node.heard.links == 1)
    }
  }

  @Test("a history of many pages is read to its end")
  func pages() async throws {
    try await withNode { node, _ in
      let first = try await node.publish("0", on: "a")
      _ = await node.publishAll((1...5_000).map { "\($0)" }, on: "a")
      let large = ByteBuffer(repeating: 1, count: 400_000)
      for _ in 1...5 { _ = try await node.publish(large, on: "a") }
      let recovery = try await node.recover("a", since: first)
      #expect(recovery.isRecovered && recovery.top.offset == 5_006)
      #expect(recovery.missed.compactMap { $0.position?.offset } == Array(2...5_006))
      #expect(recovery.missed.suffix(5).allSatisfy { $0.message == large })
    }
  }

  @Test("a key of another program in the way is a clear error to the publisher")
  func inTheWay() async throws {
    try await withNode { node, middle in
      try middle.console().run("SET", "\(middle.prefix):channel:a", "x")
      await #expect {
        try await node.publish("1", on: "a")
      } throws: {
        ($0 as? PubSubError)?.code == .refused
      }
      await #expect(throws: PubSubError.self) { try await node.recover("a", since: nil) }
      #expect(try await node.publish("1", on: "b") != nil)
      #expect(node.heard.links == 1)
    }
  }

  @Test("databases keep apart")
  func databases() async throws {
    try await withNode { node, middle in
      try await node.subscribe(to: "a")
      let elsewhere = try RedisNeighbour.node(of: middle, database: 1)
      try await elsewhere.publish("there", on: "a", keeping: nil)
      try await node.publish("here", on: "a", keeping: nil)
      await node.heard { !$0.publications.isEmpty }
      #expect(node.heard.messages(on: "a") == ["here"])
      await elsewhere.shutDown()
    }
  }

  private func withNode(_ body: (TestNode, RedisMiddle) async throws -> Void) async throws {
    try await TestCluster.of(.redis) { cluster in
      try await body(
        try await cluster.node(), try #require(cluster.middle as? RedisMiddle))
    }
  }
}

/// A cluster in another database of the same server.
private struct RedisNeighbour: TestMiddle {
  let url: EngineURL

  static func node(of middle: RedisMiddle, database: Int) throws -> TestNode {
    try TestNode(
      RedisNeighbour(url: try middle.url(database: "\(database)")), limits: EngineLimits())
  }

  func engine(
    limits: EngineLimits, receiver: any EngineSubscriber
  ) throws(PubSubError) -> any Engine {
    try RedisEngine.make(url, limits: limits, receiver: receiver)
  }

  func cut() async throws {}
  func stall() async throws {}
  func mend() async throws {}
  func end() async throws {}
}
