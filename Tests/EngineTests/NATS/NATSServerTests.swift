import NIOCore
import PubSub
import Testing

@testable import PubSubNATS

/// What a NATS server does to its nodes. Each test has a server of its own.
@Suite(.timeLimit(.minutes(1)), .serialized, .enabled(if: EngineUnderTest.nats.url != nil))
struct NATSServerTests {
  private func with(
    _ server: NATSServer, options: String = "", user: String = "",
    _ body: (TestCluster) async throws -> Void
  ) async throws {
    let url = "nats://\(user)127.0.0.1:\(server.port)?bytes=16M\(options)"
    let cluster = TestCluster(NATSServerMiddle(url: url))
    try await TestCluster.of(cluster, body)
  }

  @Test("a wrong password is said, and not told")
  func password() async throws {
    let server = try NATSServer(
      configuration: "authorization { user: joe, password: right }")
    try await with(server, user: "joe:wr0ng@") { cluster in
      let node = try cluster.lostNode()
      await node.heard {
        if case .down(let why) = $0.health { why.contains("credentials") } else { false }
      }
      #expect(!"\(node.heard.health)".contains("wr0ng"))
    }
    try await with(server, user: "joe:right@") { cluster in
      let node = try await cluster.node()
      #expect(try await node.publish("1", on: "a") != nil)
    }
  }

  @Test("a token lets in")
  func token() async throws {
    let server = try NATSServer(configuration: "authorization { token: s3cret }")
    try await with(server, user: "s3cret@") { cluster in
      let node = try await cluster.node()
      #expect(try await node.publish("1", on: "a") != nil)
    }
  }

  @Test("without JetStream live publications pass, and others are refused with the reason")
  func withoutJetStream() async throws {
    let server = try NATSServer(jetStream: false)
    try await with(server) { cluster in
      let (publisher, other) = (try await cluster.node(), try await cluster.node())
      try await other.subscribe(to: "a")
      try await publisher.publish("1", on: "a", keeping: nil)
      await other.heard { $0.messages(on: "a") == ["1"] }
      await #expect {
        try await publisher.publish("2", on: "a")
      } throws: {
        ($0 as? PubSubError)?.code == .refused && "\($0)".contains("JetStream")
      }
      await #expect(throws: PubSubError.self) { try await publisher.recover("a", since: nil) }
      #expect(publisher.heard.links == 1)
    }
  }

  @Test("what is larger than the server takes is refused, and nothing else happens")
  func payload() async throws {
    let server = try NATSServer(configuration: "max_payload: 64KB")
    try await with(server) { cluster in
      let node = try await cluster.node()
      for limits in [nil, HistoryLimits.many] {
        await #expect {
          try await node.publish(
            ByteBuffer(repeating: 7, count: 70_000), on: "a", keeping: limits)
        } throws: {
          ($0 as? PubSubError)?.code == .tooLarge && "\($0)".contains("65536")
        }
      }
      #expect(try await node.publish("1", on: "a") != nil)
      #expect(node.heard.links == 1)
    }
  }

  @Test("a server that was killed comes back with all that was acknowledged")
  func restart() async throws {
    let server = try NATSServer()
    try await with(server) { cluster in
      let (publisher, other) = (try await cluster.node(), try await cluster.node())
      try await other.subscribe(to: "a")
      let first = try #require(try await publisher.publish("1", on: "a"))
      await other.heard { $0.messages(on: "a") == ["1"] }
      server.kill()
      await other.heard { $0.health != .up }
      async let waiting = publisher.publish("2", on: "a")
      try server.start()
      #expect(try await waiting?.epoch == first.epoch)
      await other.heard { $0.messages(on: "a") == ["1", "2"] }
      #expect(other.heard.gaps == [])
      #expect(try await other.recover("a", since: first).missed.count == 1)
    }
  }

  @Test("a server that has lost its memory begins a new epoch, and nodes are told of the gap")
  func forgotten() async throws {
    let server = try NATSServer()
    try await with(server, options: "&storage=memory") { cluster in
      let (publisher, other) = (try await cluster.node(), try await cluster.node())
      try await other.subscribe(to: "a")
      let first = try #require(try await publisher.publish("1", on: "a"))
      await other.heard { $0.messages(on: "a") == ["1"] }
      server.kill()
      await other.heard { $0.health != .up }
      try server.start()
      await other.heard { $0.gaps.contains("a") }
      let second = try #require(try await publisher.publish("2", on: "a"))
      #expect(second.epoch != first.epoch)
      await other.heard { $0.messages(on: "a") == ["1", "2"] }
      #expect(try await !other.recover("a", since: first).isRecovered)
    }
  }

  @Test("a stream that was deleted is made anew, under a new epoch, for publishers and subscribers")
  func deleted() async throws {
    let server = try NATSServer()
    try await with(server) { cluster in
      let (publisher, other) = (try await cluster.node(), try await cluster.node())
      try await other.subscribe(to: "a")
      let first = try #require(try await publisher.publish("1", on: "a"))
      await other.heard { $0.messages(on: "a") == ["1"] }
      NATSProbe(server.url).ask("$JS.API.STREAM.DELETE.perigee")
      let second = try #require(try await publisher.publish("2", on: "a"))
      #expect(second.epoch != first.epoch)
      await other.heard { $0.gaps.contains("a") }
      try await publisher.publish("3", on: "a")
      await other.heard { $0.messages(on: "a").last == "3" }
    }
  }

  @Test("a stream of another program under the prefix is left alone, and said")
  func foreignStream() async throws {
    let server = try NATSServer()
    NATSProbe(server.url).ask(
      "$JS.API.STREAM.CREATE.perigee", #"{"name":"perigee","subjects":["x"],"retention":"limits"}"#)
    try await with(server) { cluster in
      let node = try cluster.lostNode()
      await node.heard { "\($0.health)".contains("another prefix") }
    }
  }

  @Test("limits of the URL reach a stream that is there")
  func changedLimits() async throws {
    let server = try NATSServer()
    for options in ["&age=1h&messages=100", "&age=2h&messages=50"] {
      try await with(server, options: options) { cluster in
        let node = try await cluster.node()
        try await node.publish("1", on: "a")
      }
    }
    let info = NATSProbe(server.url).ask("$JS.API.STREAM.INFO.perigee") ?? ""
    let config = JSONValue(info.utf8)?["config"]
    #expect(config?["max_msgs"]?.integer() == 50)
    #expect(config?["max_age"]?.integer() == TimeAmount.hours(2).nanoseconds)
  }

  @Test("what the stream has dropped is not recovered")
  func trimmed() async throws {
    let server = try NATSServer()
    try await with(server, options: "&messages=20") { cluster in
      let node = try await cluster.node()
      let first = try #require(try await node.publish("1", on: "quiet"))
      let results = await node.publishAll((1...50).map { "\($0)" }, on: "loud")
      let positions = try results.map { try #require(try $0.get()) }
      #expect(try await !node.recover("quiet", since: first).isRecovered)
      #expect(try await !node.recover("loud", since: positions[10]).isRecovered)
      let recent = try await node.recover("loud", since: positions[40])
      #expect(recent.isRecovered && recent.missed.map(\.position) == positions[41...].map { $0 })
    }
  }

  @Test("what other programs write to the subjects is passed over")
  func foreignMessages() async throws {
    let server = try NATSServer()
    try await with(server) { cluster in
      let node = try await cluster.node()
      try await node.subscribe(to: "a")
      let first = try #require(try await node.publish("1", on: "a"))
      let probe = NATSProbe(server.url)
      for subject in ["perigee.kept.\(first.epoch).a", "perigee.out.live.a", "perigee.out.x"] {
        probe.publish(Array("raw".utf8), to: subject)
        probe.publish([], to: subject)
      }
      try await node.publish("2", on: "a")
      await node.heard { $0.messages(on: "a") == ["1", "2"] }
      let recovery = try await node.recover("a", since: first)
      #expect(recovery.isRecovered && recovery.missed.map { String(buffer: $0.message) } == ["2"])
      #expect(node.heard.links == 1)
    }
  }

  @Test("names of thousands of characters are live, kept, recovered and found by patterns")
  func longNames() async throws {
    let server = try NATSServer()
    try await with(server) { cluster in
      let (publisher, other) = (try await cluster.node(), try await cluster.node())
      let names = ["x", "y"].map { "room." + String(repeating: "ü \($0)", count: 1_000) }
      try await other.subscribe(to: "room.*")
      for name in names {
        let first = try #require(try await publisher.publish("1", on: name))
        try await publisher.publish("2", on: name)
        try await publisher.publish("3", on: name, keeping: nil)
        await other.heard { $0.messages(on: name).count == 3 }
        let recovery = try await other.recover(name, since: first)
        #expect(recovery.isRecovered && recovery.missed.map(\.channel) == [name])
      }
      #expect(other.heard.publications.count == 6)
    }
  }

  @Test("long histories and many short ones are read whole")
  func histories() async throws {
    let server = try NATSServer()
    try await with(server) { cluster in
      let node = try await cluster.node()
      let start = try #require(try await node.publish("0", on: "long"))
      _ = await node.publishAll((1...5_000).map { "\($0)" }, on: "long")
      for channel in 1...600 {
        node.engine.publish(ByteBuffer(string: "x"), on: "c.\(channel)", keeping: .many) { _ in }
      }
      try await node.publish("5001", on: "long")
      let long = try await node.recover("long", since: start)
      #expect(long.isRecovered)
      #expect(long.missed.map { String(buffer: $0.message) } == (1...5_001).map { "\($0)" })
      let counts = try await withThrowingTaskGroup { group in
        for channel in 1...600 {
          group.addTask { try await node.recover("c.\(channel)", since: start).missed.count }
        }
        return try await group.reduce(into: []) { $0.append($1) }
      }
      #expect(counts == Array(repeating: 1, count: 600))
    }
  }
}
