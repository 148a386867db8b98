import NIOCore
import PubSub
import PubSubRedis
import Testing

/// What a Redis server says and does, and what becomes of it.
@Suite(.timeLimit(.minutes(1)), .serialized, .enabled(if: EngineUnderTest.redis.url != nil))
struct RedisServerTests {
  @Test("credentials that are turned away are the reason of the health, without the password")
  func unauthorized() async throws {
    try await withServer(["--requirepass", "right"]) { _, middle in
      for credentials in [":wr0ng@", "nobody:wr0ng@", ""] {
        let node = try TestNode(
          RedisGuest(middle: middle, credentials: credentials), limits: EngineLimits())
        await node.heard { $0.health.reason != nil }
        let reason = try #require(node.heard.health.reason)
        #expect(reason.contains("turned the credentials away"), "\(reason)")
        #expect(!reason.contains("wr0ng"))
        await node.shutDown()
      }
      let node = try TestNode(
        RedisGuest(middle: middle, credentials: ":right@"), limits: EngineLimits())
      await node.heard { $0.health == .up }
      await node.shutDown()
    }
  }

  @Test("a server that is part of a cluster is turned down")
  func clusterMode() async throws {
    let busPort = "\(try await RedisServer.freePort())"
    try await withServer(["--cluster-enabled", "yes", "--cluster-port", busPort]) { _, middle in
      let node = try TestNode(middle, limits: EngineLimits())
      await node.heard { $0.health.reason?.contains("Redis Cluster") == true }
      await node.shutDown()
    }
  }

  @Test("a user with the rights that the documentation names is enough")
  func rights() async throws {
    try await withServer([]) { server, middle in
      let commands =
        "+auth +select +info +ping +script|load +evalsha +publish +subscribe +psubscribe +unsubscribe "
        + "+punsubscribe +time +exists +del +hget +hmget +hset +xadd +xrange +xtrim +pttl +pexpire "
        + "+pexpireat"
      let rules = "on >secret ~\(middle.prefix):* &* \(commands)"
      try server.console().run(
        ["ACL", "SETUSER", "node"] + rules.split(separator: " ").map(String.init))
      let node = try TestNode(
        RedisGuest(middle: middle, credentials: "node:secret@"), limits: EngineLimits())
      try await node.subscribe(to: "a")
      try await node.subscribe(to: "*")
      let first = try await node.publish(
        "1", on: "a", keeping: HistoryLimits(messages: 1, age: .hours(1)))
      try await node.publish("2", on: "a", keeping: HistoryLimits(messages: 1, age: .hours(1)))
      try await node.publish("3", on: "a", keeping: nil)
      #expect(try await node.recover("a", since: first).missed.count == 1)
      #expect(try await node.recover("new", since: nil).isRecovered)
      await node.heard { $0.publications.count >= 3 }
      node.engine.unsubscribe(from: ChannelPattern("a"))
      node.engine.unsubscribe(from: ChannelPattern("*"))
      #expect(try await node.recover("a", since: nil).top.offset == 2)
      #expect(node.heard.links == 1)
      await node.shutDown()
    }
  }

  @Test("a message that the server would not take is refused, and the others pass")
  func longest() async throws {
    try await withServer(["--proto-max-bulk-len", "1048576"]) { _, middle in
      let node = try TestNode(middle, limits: EngineLimits())
      try await node.subscribe(to: "a")
      for limits in [nil, HistoryLimits.many] {
        async let before = node.publish("before", on: "a", keeping: limits)
        async let large = node.publish(
          ByteBuffer(repeating: 7, count: 2 << 20), on: "a", keeping: limits)
        async let after = node.publish("after", on: "a", keeping: limits)
        _ = try await (before, after)
        do {
          _ = try await large
          Issue.record("it was taken")
        } catch {
          #expect((error as? PubSubError)?.code == .tooLarge)
        }
      }
      #expect(node.heard.links == 1)
      await node.shutDown()
    }
  }

  @Test("a server without memory refuses what is to be kept, and carries what is not")
  func outOfMemory() async throws {
    try await withServer([]) { server, middle in
      let node = try TestNode(middle, limits: EngineLimits())
      try await node.publish("1", on: "a")
      try server.console().run("CONFIG", "SET", "maxmemory", "1")
      await #expect {
        try await node.publish("2", on: "a")
      } throws: {
        ($0 as? PubSubError)?.code == .refused && "\($0)".contains("OOM")
      }
      #expect(try await node.publish("live", on: "a", keeping: nil) == nil)
      try server.console().run("CONFIG", "SET", "maxmemory", "0")
      #expect(try await node.publish("3", on: "a")?.offset == 2)
      #expect(node.heard.links == 1)
      await node.shutDown()
    }
  }

  @Test("what a node sends again was given its place already, and keeps it")
  func again() async throws {
    try await withServer([]) { server, middle in
      let node = try TestNode(middle, limits: EngineLimits())
      await node.heard { $0.health == .up }
      server.pause(true)
      let publishing = Task { await node.publishAll((1...3_000).map { "\($0)" }, on: "a") }
      await node.heard { $0.health != .up }
      server.pause(false)
      let results = await publishing.value
      #expect(results.map { (try? $0.get())?.offset } == (1...3_000).map { UInt64($0) })
      let console = try server.console()
      #expect(try console.run("XLEN", "\(middle.prefix):stream:a") == ["3000"])
      await node.shutDown()
    }
  }

  @Test("when the server forgets its scripts, nothing is lost")
  func scripts() async throws {
    try await withServer([]) { server, middle in
      let node = try TestNode(middle, limits: EngineLimits())
      try await node.subscribe(to: "a")
      try await node.publish("1", on: "a")
      try server.console().run("SCRIPT", "FLUSH")
      try await node.publish("2", on: "a")
      await node.heard { $0.messages(on: "a") == ["1", "2"] }
      await node.shutDown()
    }
  }

  @Test("a server that keeps nothing begins anew after its end, and says that there is a gap")
  func forgetful() async throws {
    try await withServer([]) { server, middle in
      let node = try TestNode(middle, limits: EngineLimits())
      try await node.subscribe(to: "a")
      let before = try #require(try await node.publish("1", on: "a"))
      await node.heard { !$0.publications.isEmpty }
      server.kill()
      await node.heard { $0.health != .up }
      try await server.start()
      await node.heard { $0.gaps.contains("a") }
      let after = try #require(try await node.publish("2", on: "a"))
      #expect(after.offset == 1 && after.epoch != before.epoch)
      await node.heard { $0.messages(on: "a") == ["1", "2"] }
      await node.shutDown()
    }
  }

  @Test("a server that writes first loses nothing acknowledged when it is killed")
  func durable() async throws {
    try await withServer(["--appendonly", "yes", "--appendfsync", "always"]) { server, middle in
      let publisher = try TestNode(middle, limits: EngineLimits())
      let other = try TestNode(middle, limits: EngineLimits())
      try await other.subscribe(to: "a")
      let count = 20_000
      let publishing = Task { await publisher.publishAll((1...count).map { "\($0)" }, on: "a") }
      for round in 1...3 {
        await other.heard { $0.publications.count >= round * count / 5 }
        server.kill()
        try await server.start()
      }
      let results = await publishing.value
      #expect(results.allSatisfy { $0.isSuccess })
      await other.heard { $0.publications.count >= count }
      #expect(other.heard.messages(on: "a") == (1...count).map { "\($0)" })
      #expect(other.heard.publications.map(\.position) == results.map { try? $0.get() })
      // Redis may tell a subscriber what it has not written yet, which then counts as a gap.
      #expect(other.heard.gaps.count <= 3)
      await publisher.shutDown()
      await other.shutDown()
    }
  }

  private func withServer(
    _ options: [String], _ body: (RedisServer, RedisMiddle) async throws -> Void
  ) async throws {
    let server = try await RedisServer(options)
    defer { server.end() }
    let middle = try await RedisMiddle.between(server.url)
    try await body(server, middle)
    try await middle.unlink()
  }
}

/// A server's nodes with credentials.
private struct RedisGuest: TestMiddle {
  let middle: RedisMiddle
  let credentials: String

  func engine(
    limits: EngineLimits, receiver: any EngineSubscriber
  ) throws(PubSubError) -> any Engine {
    try RedisEngine.make(
      try middle.url(credentials: credentials), limits: limits, receiver: receiver)
  }

  func cut() async throws { try await middle.cut() }
  func stall() async throws { try await middle.stall() }
  func mend() async throws { try await middle.mend() }
  func end() async throws { try await middle.end() }
}
