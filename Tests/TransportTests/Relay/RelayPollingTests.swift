import NIOCore
import RealtimeProtocol
import Testing
import Transport

@Suite(.serialized, .timeLimit(.minutes(1))) struct RelayPollingTests {
  @Test("a session of another node is polled and posted to as if it were here")
  func messages() async throws {
    try await TestNodes.run { nodes in
      let owner = try await nodes.second.connect()
      let sid = try await owner.openPolling()
      #expect(sid.utf8.count == 26)
      let client = try await nodes.first.connect()
      for body in ["4hello", "4a\u{1E}4b", "4hello\u{1E}bAQIDBA=="] {
        #expect(try await client.post(sid, body).body == "ok")
        let poll = try await client.poll(sid)
        #expect(poll.body == body)
        #expect(poll.headers["content-type"] == "text/plain; charset=UTF-8")
        #expect(poll.headers["cache-control"] == "no-store")
      }
      #expect(try await owner.post(sid, "4here").body == "ok")
      #expect(try await owner.poll(sid).body == "4here")
    }
  }

  @Test("a poll that waits is answered when something comes, over whatever node")
  func waiting() async throws {
    try await TestNodes.run { nodes in
      let sid = try await nodes.second.connect().openPolling()
      let poller = try await nodes.first.connect()
      for poster in [try await nodes.first.connect(), try await nodes.second.connect()] {
        try await poller.sendPoll(sid)
        try await nodes.first.synchronise()
        #expect(try await poster.post(sid, "4late").status == 200)
        #expect(try await poller.response().body == "4late")
      }
    }
  }

  @Test("an answer of any length arrives, compressed or not", arguments: [true, false])
  func long(isCompressed: Bool) async throws {
    try await TestNodes.run { nodes in
      let sid = try await nodes.second.connect().openPolling()
      let message = "4" + String(repeating: "#", count: 900_000)
      #expect(try await nodes.first.connect().post(sid, message).body == "ok")
      let client = try await nodes.first.connect()
      try await client.request(
        "GET", "/engine.io/?EIO=4&transport=polling&sid=\(sid)",
        headers: isCompressed
          ? ["accept-encoding": "gzip", "connection": "close"] : ["connection": "close"])
      if isCompressed {
        let response = try await client.response(hasBody: false)
        #expect(response.headers["content-encoding"] == "gzip")
      } else {
        let text = try await client.rest()
        #expect(text.utf8.count { $0 == UInt8(ascii: "#") } == 900_000)
        #expect(text.hasSuffix("\r\n0\r\n\r\n"))
      }
    }
  }

  @Test("a client that gives up its poll has ended its session")
  func abandoned() async throws {
    let endpoint = RecordingEndpoint()
    try await TestNodes.run(endpoint: endpoint) { nodes in
      let sid = try await nodes.second.connect().openPolling()
      let client = try await nodes.first.connect()
      try await client.sendPoll(sid)
      try await nodes.first.synchronise()
      try await nodes.second.synchronise()
      try await client.close()
      #expect(await endpoint.nextReason() == .transportError)
      #expect(try await nodes.first.connect().poll(sid).status == 400)
    }
  }

  @Test("a node that dies while a poll waits there answers it as one that forgot the session")
  func death() async throws {
    try await TestNodes.run { nodes in
      let puppet = try await PuppetNode.start()
      nodes.map[2] = NodeAddress(host: "127.0.0.1", port: puppet.port)
      let sid = try await nodes.second.connect().openPolling()
      let client = try await nodes.first.connect()
      try await client.sendPoll(sid)
      try await puppet.request()?.close()
      try await isUnknown(client.response())
      try await puppet.stop()
      try await isUnknown(client.poll(sid))
    }
  }

  @Test("a node that dies in the middle of a long answer leaves it visibly incomplete")
  func halfAnswer() async throws {
    try await TestNodes.run { nodes in
      let puppet = try await PuppetNode.start()
      nodes.map[2] = NodeAddress(host: "127.0.0.1", port: puppet.port)
      let sid = try await nodes.second.connect().openPolling()
      let client = try await nodes.first.connect()
      try await client.sendPoll(sid)
      let channel = try #require(await puppet.request())
      let answer =
        "HTTP/1.1 200 OK\r\ncontent-length: 200000\r\n\r\n" + String(repeating: "x", count: 150_000)
      try await channel.writeAndFlush(ByteBuffer(string: answer))
      try await channel.close()
      let text = try await client.rest()
      #expect(text.hasPrefix("HTTP/1.1 200 OK\r\n"))
      #expect(!text.hasSuffix("0\r\n\r\n"))
      try await puppet.stop()
    }
  }

  @Test(
    "a node that answers nonsense is as good as lost",
    arguments: [
      "x", "nonsense\r\n\r\n", "HTTP/2 200 OK\r\n\r\n", "HTTP/1.1 2x0\r\n\r\n",
      "HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nshort",
      "HTTP/1.1 200 OK\r\ncontent-length: -1\r\n\r\n",
      "HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\n\r\nhello",
    ])
  func nonsense(answer: String) async throws {
    try await TestNodes.run { nodes in
      let puppet = try await PuppetNode.start()
      nodes.map[2] = NodeAddress(host: "127.0.0.1", port: puppet.port)
      let sid = try await nodes.second.connect().openPolling()
      let client = try await nodes.first.connect()
      try await client.sendPoll(sid)
      let channel = try #require(await puppet.request())
      try await channel.writeAndFlush(ByteBuffer(string: answer))
      try? await channel.close()
      try await isUnknown(client.response())
      try await puppet.stop()
    }
  }

  @Test("a node that does not answer is given up")
  func silence() async throws {
    try await TestNodes.run(patience: .milliseconds(50)) { nodes in
      let puppet = try await PuppetNode.start()
      nodes.map[2] = NodeAddress(host: "127.0.0.1", port: puppet.port)
      let sid = try await nodes.second.connect().openPolling()
      try await isUnknown(nodes.first.connect().poll(sid))
      try await puppet.stop()
    }
  }

  @Test("a node that is lost answers nothing more")
  func lost() async throws {
    try await TestNodes.run { nodes in
      let sid = try await nodes.second.connect().openPolling()
      let client = try await nodes.first.connect()
      try await client.sendPoll(sid)
      try await nodes.first.synchronise()
      nodes.relays[0].lost(try #require(nodes.map[2]))
      try await isUnknown(client.response())
    }
  }

  @Test("a node that stops answers the polls that wait for others")
  func stopping() async throws {
    let endpoint = RecordingEndpoint()
    try await TestNodes.run(endpoint: endpoint) { nodes in
      let sid = try await nodes.second.connect().openPolling()
      let client = try await nodes.first.connect()
      try await client.sendPoll(sid)
      try await nodes.first.synchronise()
      try await nodes.second.synchronise()
      await nodes.first.server.stop()
      try await isUnknown(client.response())
      #expect(await endpoint.nextReason() == .transportError)
    }
  }

  @Test("whose id names no node that is known is unknown, and so is what the node itself forgot")
  func unknown() async throws {
    try await TestNodes.run { nodes in
      let client = try await nodes.first.connect()
      try await client.request("GET", "/id")
      let own = try await client.response().body
      let other = try await nodes.second.connect()
      try await other.request("GET", "/id")
      let others = try await other.response().body
      let nobodys = String(repeating: "B", count: 26)
      for sid in [own, others, nobodys, "nobody"] {
        try await isUnknown(client.poll(sid))
        try await isUnknown(client.post(sid, "4x"))
      }
    }
  }

  @Test("a node that does not know all others yet waits for them to become known")
  func young() async throws {
    try await TestNodes.run { nodes in
      let sid = try await nodes.second.connect().openPolling()
      let address = nodes.map[2]
      nodes.map[2] = nil
      nodes.map.isComplete.withLockedValue { $0 = false }
      let client = try await nodes.first.connect()
      try await client.request(
        "POST", "/engine.io/?EIO=4&transport=polling&sid=\(sid)", body: "4hello")
      try await nodes.first.synchronise()
      nodes.map[2] = address
      #expect(try await client.response().body == "ok")
      nodes.map[2] = nil
      try await client.sendPoll(sid)
      try await nodes.first.synchronise()
      nodes.map.isComplete.withLockedValue { $0 = true }
      try await isUnknown(client.response())
    }
  }

  @Test("nothing is passed on twice, wherever addresses lead")
  func loops() async throws {
    try await TestNodes.run { nodes in
      let sid = try await nodes.second.connect().openPolling()
      nodes.map[2] = nodes.map[1]
      let client = try await nodes.first.connect()
      try await isUnknown(client.poll(sid))
      nodes.map[2] = NodeAddress(host: "127.0.0.1", port: nodes.second.port)
      try await client.request(
        "GET", "/engine.io/?EIO=4&transport=polling&sid=\(sid)",
        headers: ["perigee-relayed-for": "127.0.0.1"])
      try await isUnknown(client.response())
      #expect(try await client.post(sid, "4x").status == 200)
    }
  }

  @Test("more than the limit gets 503, until others have ended")
  func limit() async throws {
    try await TestNodes.run(limit: 1) { nodes in
      let sid = try await nodes.second.connect().openPolling()
      let poller = try await nodes.first.connect()
      try await poller.sendPoll(sid)
      try await nodes.first.synchronise()
      let client = try await nodes.first.connect()
      #expect(try await client.post(sid, "4x").status == 503)
      #expect(try await nodes.second.connect().post(sid, "4x").status == 200)
      #expect(try await poller.response().body == "4x")
      #expect(try await client.post(sid, "4y").status == 200)
      #expect(try await client.poll(sid).body == "4y")
    }
  }

  @Test("foreign pages are let read once")
  func crossOrigin() async throws {
    let configuration = ServerConfiguration.testing {
      $0.crossOrigin = CrossOriginPolicy(origins: .any)
    }
    try await TestNodes.run(configuration: configuration) { nodes in
      let sid = try await nodes.second.connect().openPolling()
      let client = try await nodes.first.connect()
      try await client.request(
        "POST", "/engine.io/?EIO=4&transport=polling&sid=\(sid)",
        headers: ["origin": "https://other.example", "connection": "close"], body: "4x")
      let text = try await client.rest()
      #expect(text.split(separator: "access-control-allow-origin: *").count == 2)
    }
  }

  @Test("clients of HTTP/2 are served too")
  func http2() async throws {
    try await TestNodes.run(isFirstSecure: true) { nodes in
      let owner = try await nodes.second.connect()
      let sid = try await owner.openPolling()
      let client = try await HTTP2Client.connect(to: nodes.first.port)
      let target = "/engine.io/?EIO=4&transport=polling&sid=\(sid)"
      #expect(try await client.request("POST", target, body: "4hello").body == "ok")
      #expect(try await client.request("GET", target).body == "4hello")
      let poll = try await client.open("GET", target)
      #expect(try await owner.post(sid, "4late").status == 200)
      #expect(try await poll.response().body == "4late")
      let long = "4" + String(repeating: "x", count: 300_000)
      #expect(try await owner.post(sid, long).status == 200)
      #expect(try await client.request("GET", target).body == long)
    }
  }

  @Test("responders pass on what is another node's, with all that the client said")
  func responders() async throws {
    try await TestNodes.run { nodes in
      let owner = try await nodes.second.connect()
      try await owner.request("GET", "/id")
      let id = try await owner.response().body
      let client = try await nodes.first.connect()
      try await client.request("PUT", "/of/\(id)?a=b", headers: ["x-mine": "c"], body: "body")
      let told = try await client.response().body
      #expect(
        told == """
          PUT /of/\(id)?a=b
          content-length: 4
          host: test
          perigee-relayed-for: 127.0.0.1
          x-mine: c
          body
          """)
    }
  }

  private func isUnknown(_ response: RawClient.Response) {
    #expect(response.status == 400)
    #expect(response.body == #"{"code":1,"message":"Session ID unknown"}"#)
  }
}
