import NIOCore
import PubSub
import PubSubMongo
import Testing

/// What is MongoDB's own.
@Suite(.timeLimit(.minutes(2)), .enabled(if: EngineUnderTest.mongo.url != nil))
struct MongoEngineTests {
  /// Runs `body` with a cluster under a prefix of its own.
  private func cluster(
    options: String = "", _ body: (TestCluster, MongoMiddle) async throws -> Void
  ) async throws {
    let url = try #require(EngineUnderTest.mongo.url)
    let middle = try await MongoMiddle(url, options: options)
    try await TestCluster.of(TestCluster(middle)) { try await body($0, middle) }
  }

  @Test("nodes that publish on one channel at once write one log without a hole")
  func contention() async throws {
    try await cluster { cluster, middle in
      var nodes: [TestNode] = []
      for _ in 1...3 { nodes.append(try await cluster.node()) }
      for node in nodes { try await node.subscribe(to: "a") }
      let count = 50
      await withTaskGroup { group in
        for (index, node) in nodes.enumerated() {
          group.addTask {
            for number in 1...count {
              await #expect(throws: Never.self) {
                try await node.publish("\(index).\(number)", on: "a")
              }
            }
          }
        }
      }
      for node in nodes { await node.heard { $0.publications.count >= 3 * count } }
      let first = nodes[0].heard.publications
      #expect(nodes.allSatisfy { $0.heard.publications == first })
      #expect(nodes.map(\.heard.links) == [1, 1, 1])
      let ids = try middle.program().ids(in: middle.program().name(of: "log"))
      #expect(ids == (1...Int64(ids.count)).map { $0 })
    }
  }

  @Test("a log that was deleted gets a new epoch, and a gap is told", arguments: ["log", "live"])
  func deleted(_ kind: String) async throws {
    try await cluster { cluster, middle in
      let (publisher, other) = (try await cluster.node(), try await cluster.node())
      try await other.subscribe(to: "a")
      let old = try #require(try await publisher.publish("1", on: "a"))
      await other.heard { $0.messages(on: "a") == ["1"] }
      try middle.program().drop(middle.program().name(of: kind))
      await other.heard { $0.gaps.contains("a") && $0.links >= 2 }
      await publisher.heard { $0.links >= 2 }
      let new = try #require(try await publisher.publish("2", on: "a"))
      try await publisher.publish("3", on: "a", keeping: nil)
      await other.heard { $0.messages(on: "a") == ["1", "2", "3"] }
      #expect(new.epoch != old.epoch)
      #expect(try await !other.recover("a", since: old).isRecovered)
      let late = try await cluster.node()
      #expect(try await late.recover("a", since: nil).top.epoch == new.epoch)
    }
  }

  @Test("a log that is deleted while nodes publish comes back as one")
  func deletedInUse() async throws {
    try await cluster { cluster, middle in
      let (publisher, other) = (try await cluster.node(), try await cluster.node())
      try await other.subscribe(to: "a")
      let texts = (1...200).map { "\($0)" }
      let publishing = Task {
        for text in texts { _ = try await publisher.publish(text, on: "a") }
      }
      await other.heard { $0.publications.count >= 20 }
      try middle.program().drop(middle.program().name(of: "log"))
      try await publishing.value
      await publisher.heard { $0.links >= 2 && $0.health == .up }
      await other.heard { $0.links >= 2 && $0.health == .up }
      let last = try #require(try await publisher.publish("last", on: "a"))
      await other.heard { $0.messages(on: "a").last == "last" }
      #expect(other.heard.publications.last?.position == last)
      #expect(!other.heard.gaps.isEmpty)
      let received = other.heard.messages(on: "a")
      #expect(Set(received).count == received.count)
    }
  }

  @Test("what a new node has not seen is read from the log")
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

  @Test("what the capped collection has pushed out is not recovered")
  func pushedOut() async throws {
    let url = try #require(EngineUnderTest.mongo.url)
    let middle = try await SmallMongoMiddle(url)
    try await TestCluster.of(TestCluster(middle)) { cluster in
      let publisher = try await cluster.node()
      let first = try #require(try await publisher.publish("first", on: "a"))
      let message = String(repeating: "x", count: 50_000)
      for _ in 1...3 {
        let results = await publisher.publishAll(Array(repeating: message, count: 20), on: "a")
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

  @Test("who was away while the collection pushed out what it missed is told of a gap")
  func overtaken() async throws {
    let url = try #require(EngineUnderTest.mongo.url)
    let (near, far) = try await SmallMongoMiddle.pair(url)
    try await TestCluster.of(TestCluster(near)) { cluster in
      try await TestCluster.of(TestCluster(far)) { away in
        let publisher = try await cluster.node()
        let other = try await away.node()
        try await other.subscribe(to: "a")
        try await publisher.publish("1", on: "a")
        await other.heard { $0.messages(on: "a") == ["1"] }
        try await far.cut()
        await other.heard { $0.health != .up }
        let message = String(repeating: "x", count: 50_000)
        for _ in 1...3 {
          let results = await publisher.publishAll(Array(repeating: message, count: 20), on: "a")
          #expect(results.allSatisfy { $0.isSuccess })
        }
        try await far.mend()
        await other.heard { $0.gaps.contains("a") && $0.links >= 2 }
        try await publisher.publish("2", on: "a")
        await other.heard { $0.messages(on: "a").last == "2" }
      }
    }
  }

  @Test("documents of another program are passed over")
  func otherProgram() async throws {
    try await cluster { cluster, middle in
      let node = try await cluster.node()
      try await node.subscribe(to: ">")
      let start = try #require(try await node.publish("1", on: "a"))
      let program = try middle.program()
      let log = try program.name(of: "log")
      try program.insert(try #require(try program.ids(in: log).last) + 1, into: log)
      try program.insert(.max, into: log)
      try program.insert(5, into: program.name(of: "live"))
      let late = try await cluster.node()
      try await node.publish("2", on: "a")
      try await node.publish("3", on: "a", keeping: nil)
      await node.heard { $0.publications.count >= 3 }
      // What is kept and what is only for now come by two collections, each in its order.
      #expect(node.heard.messages(on: "a").filter { $0 != "3" } == ["1", "2"])
      #expect(node.heard.links == 1)
      let recovery = try await late.recover("a", since: start)
      #expect(recovery.isRecovered && recovery.missed.count == 1)
    }
  }

  @Test("what no document holds is refused, and the link stays")
  func largest() async throws {
    try await cluster { cluster, _ in
      var limits = EngineLimits()
      limits.messageBytes = 20 << 20
      limits.waitingBytes = 64 << 20
      let node = try await cluster.node(limits: limits)
      for kept in [nil, HistoryLimits.many] {
        async let before = node.publish("before", on: "a", keeping: kept)
        await #expect {
          try await node.publish(ByteBuffer(repeating: 7, count: 16 << 20), on: "a", keeping: kept)
        } throws: {
          ($0 as? PubSubError)?.code == .tooLarge
        }
        _ = try await before
      }
      let large = ByteBuffer(repeating: 7, count: 15 << 20)
      #expect(try await node.publish(large, on: "a") != nil)
      #expect(node.heard.links == 1)
    }
  }
}

/// Nodes with the smallest log.
private struct SmallMongoMiddle: TestMiddle {
  private let breaker: LinkBreaker
  private let middle: MongoMiddle

  init(_ url: String) async throws {
    try await self.init(url, middle: MongoMiddle(url))
  }

  private init(_ url: String, middle: MongoMiddle) async throws {
    self.middle = middle
    let server = try EngineURL(url).servers[0]
    breaker = try await LinkBreaker.to(server.host, port: server.port ?? 27_017)
  }

  /// Two ways to one log.
  static func pair(_ url: String) async throws -> (SmallMongoMiddle, SmallMongoMiddle) {
    let first = try await SmallMongoMiddle(url)
    return (first, try await SmallMongoMiddle(url, middle: first.middle))
  }

  func engine(
    limits: EngineLimits, receiver: any EngineSubscriber
  ) throws(PubSubError) -> any Engine {
    let url = try EngineURL(
      "mongodb://127.0.0.1:\(breaker.port)/test?prefix=\(middle.prefix)&size=1M")
    return try MongoEngine.make(url, limits: limits, receiver: receiver)
  }

  func cut() async throws { try await breaker.cut() }
  func stall() async throws { try await breaker.stall() }
  func mend() async throws { try await breaker.mend() }

  func end() async throws {
    try await breaker.end()
    try await middle.end()
  }
}
