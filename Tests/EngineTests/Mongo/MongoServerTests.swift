import NIOCore
import PubSub
import PubSubMongo
import Testing

/// What becomes of a server, and of those who follow it.
@Suite(.timeLimit(.minutes(2)), .serialized, .enabled(if: MongoServer.program != nil))
struct MongoServerTests {
  private func withServer(
    _ options: [String] = [], _ body: (MongoServer, MongoMiddle) async throws -> Void
  ) async throws {
    let server = try await MongoServer(options)
    defer { server.end() }
    let middle = try await MongoMiddle(server.url)
    try await body(server, middle)
    try await middle.unlink()
  }

  @Test("a server that writes first loses nothing acknowledged when it is killed")
  func durable() async throws {
    try await withServer(["--sync-on-commit"]) { server, middle in
      let publisher = try TestNode(middle, limits: EngineLimits())
      let other = try TestNode(middle, limits: EngineLimits())
      try await other.subscribe(to: "a")
      let texts = (1...5_000).map { "\($0)" }
      let publishing = Task {
        var results: [Result<Position?, PubSubError>] = []
        for part in 0..<50 {
          results += await publisher.publishAll(
            Array(texts[part * 100..<(part + 1) * 100]), on: "a")
        }
        return results
      }
      for round in 1...2 {
        await other.heard { $0.publications.count >= round * 1_000 }
        server.kill()
        await other.heard { $0.health != .up }
        try await server.start()
      }
      let results = await publishing.value
      #expect(results.allSatisfy { $0.isSuccess })
      await other.heard { $0.messages(on: "a").last == texts.last }
      #expect(other.heard.messages(on: "a") == texts)
      #expect(other.heard.publications.map(\.position) == results.map { try? $0.get() })
      await publisher.shutDown()
      await other.shutDown()
    }
  }

  @Test("what a node sends again was written already, and is not written twice")
  func again() async throws {
    try await withServer { server, middle in
      let node = try TestNode(middle, limits: EngineLimits())
      await node.heard { $0.health == .up }
      server.pause(true)
      let texts = (1...3_000).map { "\($0)" }
      let publishing = Task { await node.publishAll(texts, on: "a") }
      await node.heard { $0.health != .up }
      server.pause(false)
      let positions = await publishing.value.compactMap { try? $0.get() }
      #expect(positions.count == texts.count)
      let late = try TestNode(middle, limits: EngineLimits())
      let first = try #require(positions.first)
      let before = Position(epoch: first.epoch, offset: first.offset - 1)
      let history = try await late.recover("a", since: before)
      #expect(history.missed.map { String(buffer: $0.message) } == texts)
      #expect(history.missed.map(\.position) == positions)
      await node.shutDown()
      await late.shutDown()
    }
  }

  @Test("a server that answers nothing is noticed though nothing is published")
  func silent() async throws {
    try await withServer { server, middle in
      let node = try TestNode(middle, limits: EngineLimits())
      try await node.subscribe(to: "a")
      await node.heard { $0.health == .up }
      server.pause(true)
      await node.heard { $0.health != .up }
      server.pause(false)
      await node.heard { $0.links >= 2 }
      #expect(try await node.publish("1", on: "a") != nil)
      await node.heard { $0.messages(on: "a") == ["1"] }
      #expect(node.heard.gaps == [])
      await node.shutDown()
    }
  }

  @Test("credentials that are turned away are the reason of the health, without the password")
  func unauthorized() async throws {
    try await withServer(["--auth"]) { server, _ in
      for user in ["nobody:wr0ng@", ""] {
        let middle = try await MongoMiddle(server.url, user: user, options: "&authSource=admin")
        let node = try TestNode(middle, limits: EngineLimits())
        await node.heard { if case .down = $0.health { true } else { false } }
        #expect(node.heard.health.reason?.contains("wr0ng") == false)
        await node.shutDown()
        try await middle.unlink()
      }
    }
  }
}
