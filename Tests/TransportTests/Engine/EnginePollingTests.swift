import NIOCore
import RealtimeProtocol
import Testing
import Transport

@Suite(.timeLimit(.minutes(1))) struct EnginePollingTests {
  @Test("messages come back in one payload, binary in base64")
  func messages() async throws {
    try await TestServer.run { server in
      let client = try await server.connect()
      let sid = try await client.openPolling()
      #expect(sid.utf8.count == 15)
      for body in ["4hello", "4a\u{1E}4b\u{1E}4c", "4hello\u{1E}bAQIDBA=="] {
        #expect(try await client.post(sid, body).body == "ok")
        let poll = try await client.poll(sid)
        #expect(poll.body == body)
        #expect(poll.headers["content-type"] == "text/plain; charset=UTF-8")
      }
    }
  }

  @Test("a poll that waits is answered when something comes, over another connection")
  func waiting() async throws {
    try await TestServer.run { server in
      let poller = try await server.connect()
      let poster = try await server.connect()
      let sid = try await poller.openPolling()
      try await poller.sendPoll(sid)
      #expect(try await poster.post(sid, "4late").status == 200)
      #expect(try await poller.response().body == "4late")
    }
  }

  @Test(
    "a bad handshake has its code",
    arguments: [
      ("GET", "", 0), ("GET", "?EIO=4&transport=abc", 0),
      ("GET", "?EIO=4&transport=polling&sid=nobody", 1),
      ("POST", "?EIO=4&transport=polling", 2), ("GET", "?EIO=4&transport=websocket", 3),
      ("GET", "?transport=polling", 5), ("GET", "?EIO=3&transport=polling", 5),
    ])
  func errors(method: String, query: String, code: Int) async throws {
    try await TestServer.run(threads: 1) { server in
      let client = try await server.connect()
      try await client.request(method, "/engine.io/" + query)
      let response = try await client.response()
      #expect(response.status == 400)
      #expect(response.body.hasPrefix("{\"code\":\(code),\"message\":\""))
      #expect(response.headers["content-type"] == "application/json")
    }
  }

  @Test("an endpoint can turn clients away")
  func rejection() async throws {
    try await TestServer.run(endpoint: ClosedEndpoint()) { server in
      let client = try await server.connect()
      try await client.request("GET", "/engine.io/?EIO=4&transport=polling")
      let response = try await client.response()
      #expect(response.status == 403)
      #expect(response.body == "{\"code\":4,\"message\":\"members only\"}")
      try await client.requestWebSocket()
      let refused = try await client.response()
      #expect(refused.status == 400)
      #expect(refused.body == "members only")
    }
  }

  @Test("a packet that does not parse ends the session")
  func invalidPacket() async throws {
    try await TestServer.run { server in
      let client = try await server.connect()
      let sid = try await client.openPolling()
      #expect(try await client.post(sid, "abc").status == 400)
      #expect(try await client.poll(sid).status == 400)
    }
  }

  @Test("a POST beyond the limit gets 413, and the session goes on")
  func oversize() async throws {
    try await TestServer.run(configuration: .testing { $0.engine.maxPayload = 100 }) { server in
      let client = try await server.connect()
      let sid = try await client.openPolling()
      let long = String(repeating: "x", count: 101)
      #expect(try await client.post(sid, long).status == 413)
      let other = try await server.connect()
      #expect(try await other.post(sid, "4ok").status == 200)
      #expect(try await other.poll(sid).body == "4ok")
    }
  }

  @Test("a second poll ends the session")
  func secondPoll() async throws {
    try await TestServer.run(threads: 1) { server in
      let first = try await server.connect()
      let second = try await server.connect()
      let sid = try await first.openPolling()
      try await first.sendPoll(sid)
      try await server.synchronise()
      #expect(try await second.poll(sid).status == 400)
      #expect(try await first.response().body == "1")
      #expect(try await second.poll(sid).status == 400)
    }
  }

  @Test("a client that abandons its poll has ended its session")
  func abandoned() async throws {
    let endpoint = RecordingEndpoint()
    try await TestServer.run(endpoint: endpoint) { server in
      let first = try await server.connect()
      let sid = try await first.openPolling()
      try await first.sendPoll(sid)
      try await server.synchronise()
      try await first.close()
      #expect(await endpoint.nextReason() == .transportError)
      #expect(try await server.connect().poll(sid).status == 400)
    }
  }

  @Test("a close packet releases the poll, whichever comes first", arguments: [true, false])
  func closing(pollFirst: Bool) async throws {
    let endpoint = RecordingEndpoint()
    try await TestServer.run(endpoint: endpoint) { server in
      let poller = try await server.connect()
      let poster = try await server.connect()
      let sid = try await poller.openPolling()
      async let posted = pollFirst ? nil : poster.post(sid, "1")
      if !pollFirst { #expect(await endpoint.nextReason() == .forcedClose) }
      try await poller.sendPoll(sid)
      if pollFirst {
        try await server.synchronise()
        #expect(try await poster.post(sid, "1").body == "ok")
      }
      #expect(try await poller.response().body == "6")
      _ = try await posted
      #expect(try await poller.poll(sid).status == 400)
    }
  }

  @Test("once a close packet has been answered, no poll is")
  func closed() async throws {
    try await TestServer.run { server in
      let client = try await server.connect()
      let sid = try await client.openPolling()
      #expect(try await client.post(sid, "1").body == "ok")
      #expect(try await client.poll(sid).status == 400)
    }
  }

  @Test("a session that the server closes says so to the next poll")
  func serverCloses() async throws {
    try await TestServer.run(endpoint: ClosingEndpoint()) { server in
      let client = try await server.connect()
      let sid = try await client.openPolling()
      #expect(try await client.post(sid, "4bye").status == 200)
      #expect(try await client.poll(sid).body == "6\u{1E}1")
      #expect(try await client.poll(sid).status == 400)
    }
  }

  @Test("a client that answers pings lives on")
  func heartbeat() async throws {
    let configuration = ServerConfiguration.testing { $0.engine.pingInterval = .milliseconds(50) }
    try await TestServer.run(configuration: configuration) { server in
      let client = try await server.connect()
      let sid = try await client.openPolling()
      for _ in 0..<3 {
        #expect(try await client.poll(sid).body == "2")
        #expect(try await client.post(sid, "3").body == "ok")
      }
    }
  }

  @Test("a silent client is pinged and then forgotten")
  func silence() async throws {
    let configuration = ServerConfiguration.testing {
      $0.engine.pingInterval = .milliseconds(50)
      $0.engine.pingTimeout = .milliseconds(1_000)
    }
    try await TestServer.run(configuration: configuration) { server in
      let client = try await server.connect()
      let sid = try await client.openPolling()
      #expect(try await client.poll(sid).body == "2")
      #expect(try await client.poll(sid).body == "1")
      #expect(try await client.poll(sid).status == 400)
    }
  }

  @Test("foreign origins are let in when the policy says so")
  func crossOrigin() async throws {
    try await TestServer.run(
      configuration: .testing {
        $0.crossOrigin = CrossOriginPolicy(
          origins: .only(["https://a.example"]), allowsCredentials: true)
      }
    ) { server in
      let client = try await server.connect()
      let target = "/engine.io/?EIO=4&transport=polling"
      try await client.request("OPTIONS", target, headers: ["origin": "https://a.example"])
      let preflight = try await client.response()
      #expect(preflight.status == 204)
      #expect(preflight.headers["access-control-allow-origin"] == "https://a.example")
      #expect(preflight.headers["access-control-allow-credentials"] == "true")
      try await client.request("GET", target, headers: ["origin": "https://b.example"])
      #expect(try await client.response().headers["access-control-allow-origin"] == nil)
    }
  }

  @Test("the handshake sets the cookie that is configured")
  func cookie() async throws {
    try await TestServer.run(configuration: .testing { $0.cookie = SessionCookie() }) { server in
      let client = try await server.connect()
      try await client.request("GET", "/engine.io/?EIO=4&transport=polling")
      let cookie = try await client.response().headers["set-cookie"] ?? ""
      #expect(cookie.hasPrefix("io=") && cookie.hasSuffix("; Path=/; HttpOnly; SameSite=Lax"))
    }
  }

  @Test("a long payload is compressed for a client that accepts gzip, and only for it")
  func compression() async throws {
    try await TestServer.run { server in
      let client = try await server.connect()
      let sid = try await client.openPolling()
      for (accepted, count, isCompressed) in [
        ("gzip, br", 2_000, true), ("gzip", 300_000, true), ("br", 2_000, false),
        ("gzip", 1_000, false),
      ] {
        _ = try await client.post(sid, "4" + String(repeating: "x", count: count))
        try await client.request(
          "GET", "/engine.io/?EIO=4&transport=polling&sid=\(sid)",
          headers: ["accept-encoding": accepted])
        let response = try await client.response()
        #expect((response.headers["content-encoding"] == "gzip") == isCompressed)
        #expect((response.headers["vary"] == "Accept-Encoding") == (count > 1_024))
        let length = Int(response.headers["content-length"] ?? "") ?? 0
        #expect(isCompressed ? length < 1_000 : length == count + 1)
      }
    }
  }
}
