import NIOCore
import RealtimeProtocol
import Testing
import Transport

@Suite(.serialized, .timeLimit(.minutes(1))) struct RelayWebSocketTests {
  @Test("a session of another node moves to a WebSocket, what is queued included")
  func upgrade() async throws {
    try await TestNodes.run { nodes in
      let poller = try await nodes.first.connect()
      let sid = try await nodes.second.connect().openPolling()
      try await poller.sendPoll(sid)
      try await nodes.first.synchronise()
      let socket = try await nodes.first.connectWebSocket(sid: sid)
      try await socket.sendFrame("2probe")
      #expect(try await socket.text() == "3probe")
      #expect(try await poller.response().body == "6")
      #expect(try await poller.post(sid, "4queued").body == "ok")
      try await socket.sendFrame("5")
      #expect(try await socket.text() == "4queued")
      for number in 0..<100 {
        try await socket.sendFrame("4\(number)")
        #expect(try await socket.text() == "4\(number)")
      }
      #expect(try await poller.poll(sid).status == 400)
    }
  }

  @Test("what a client sends before it is accepted is not lost")
  func eager() async throws {
    try await TestNodes.run { nodes in
      let sid = try await nodes.second.connect().openPolling()
      let socket = try await nodes.first.connect()
      try await socket.requestWebSocket(sid: sid)
      try await socket.sendFrame("2probe")
      #expect(try await socket.response().status == 101)
      #expect(try await socket.text() == "3probe")
    }
  }

  @Test("a client that leaves has left the other node too", arguments: [true, false])
  func leaving(isPolite: Bool) async throws {
    let endpoint = RecordingEndpoint()
    try await TestNodes.run(endpoint: endpoint) { nodes in
      let socket = try await nodes.openedSocket()
      if isPolite {
        try await socket.sendFrame(opcode: 8, [0x03, 0xE8])
        #expect(try await socket.frame().closeCode == 1000)
        #expect(try await socket.rest() == "")
      } else {
        try await socket.close()
      }
      #expect(await endpoint.nextReason() == .transportClose)
    }
  }

  @Test("clients that leave at whatever moment leave nothing behind")
  func leavingEarly() async throws {
    try await TestNodes.run(limit: 4) { nodes in
      for number in 0..<300 {
        let sid = try await nodes.second.connect().openPolling()
        let socket = try await nodes.first.connect()
        try await socket.requestWebSocket(sid: sid)
        if number % 3 > 0 { _ = try await socket.response() }
        if number % 3 > 1 { try await socket.sendFrame("2probe") }
        try await socket.close()
      }
      try await nodes.first.synchronise()
      let sid = try await nodes.second.connect().openPolling()
      #expect(try await nodes.first.connect().post(sid, "4x").status == 200)
    }
  }

  @Test("a session that its node ends is told so to its client")
  func ended() async throws {
    try await TestNodes.run(endpoint: ClosingEndpoint()) { nodes in
      let socket = try await nodes.openedSocket()
      try await socket.sendFrame("4x")
      #expect(try await socket.frame().opcode == 8)
      #expect(try await socket.rest() == "")
    }
  }

  @Test("the end of the other node is the end of the WebSocket")
  func death() async throws {
    try await TestNodes.run { nodes in
      let puppet = try await PuppetNode.start()
      nodes.map[2] = NodeAddress(host: "127.0.0.1", port: puppet.port)
      let sid = try await nodes.second.connect().openPolling()
      let socket = try await nodes.first.connect()
      try await socket.requestWebSocket(sid: sid)
      let channel = try #require(await puppet.request())
      let answer = """
        HTTP/1.1 101 Switching Protocols\r
        upgrade: websocket\r
        connection: Upgrade\r
        sec-websocket-accept: of-another-key\r
        x-more: too\r
        \r
        \u{01}\u{02}hi
        """
      try await channel.writeAndFlush(ByteBuffer(string: answer))
      let response = try await socket.response()
      #expect(response.status == 101)
      #expect(response.headers["sec-websocket-accept"] == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")
      #expect(response.headers["x-more"] == "too")
      #expect(try await socket.text() == "hi")
      try await channel.close()
      #expect(try await socket.rest() == "")
      try await puppet.stop()
    }
  }

  @Test("what the other node refuses is refused, in its words")
  func refused() async throws {
    try await TestNodes.run { nodes in
      let other = try await nodes.second.connect()
      try await other.request("GET", "/id")
      let forgotten = try await other.response().body
      for sid in [forgotten, String(repeating: "B", count: 26)] {
        let socket = try await nodes.first.connect()
        try await socket.requestWebSocket(sid: sid)
        let response = try await socket.response()
        #expect(response.status == 400)
        #expect(response.body == "Session ID unknown")
      }
    }
  }

  @Test("a WebSocket counts for the limit for as long as it lives")
  func limit() async throws {
    let endpoint = RecordingEndpoint()
    try await TestNodes.run(endpoint: endpoint, limit: 1) { nodes in
      let socket = try await nodes.openedSocket()
      let sid = try await nodes.second.connect().openPolling()
      let other = try await nodes.first.connect()
      try await other.requestWebSocket(sid: sid)
      let refused = try await other.response()
      #expect(refused.status == 503)
      #expect(refused.body == "Too many requests for other nodes")
      try await socket.close()
      #expect(await endpoint.nextReason() == .transportClose)
      try await nodes.first.synchronise()
      #expect(try await nodes.first.connect().post(sid, "4x").status == 200)
    }
  }

  @Test("a client that does not read holds up its node, not what lies between")
  func backPressure() async throws {
    let endpoint = FloodingEndpoint()
    try await TestNodes.run(
      endpoint: endpoint, configuration: .testing { $0.outboundLimit = 100_000 }
    ) { nodes in
      let socket = try await nodes.openedSocket()
      try await socket.pauseReading()
      try await socket.sendFrame("4flood")
      #expect(await endpoint.recorder.nextReason() == .slowConsumer)
      try await socket.resumeReading()
      var frame = try await socket.frame()
      while frame.opcode == 2 { frame = try await socket.frame() }
      #expect(frame.closeCode == 1008)
    }
  }

  @Test("compression is agreed upon with the other node")
  func compression() async throws {
    try await TestNodes.run(configuration: .testing { $0.perMessageDeflateThreshold = 10 }) {
      nodes in
      let sid = try await nodes.second.connect().openPolling()
      let socket = try await nodes.first.connect()
      try await socket.requestUpgrade(
        "/engine.io/?EIO=4&transport=websocket&sid=\(sid)",
        headers: ["sec-websocket-extensions": "permessage-deflate"])
      let response = try await socket.response()
      #expect(
        response.headers["sec-websocket-extensions"]
          == "permessage-deflate; server_no_context_takeover; client_no_context_takeover")
      try await socket.sendFrame("2probe")
      #expect(try await socket.text() == "3probe")
      try await socket.sendFrame("5")
      try await socket.sendFrame("4" + String(repeating: "x", count: 1_000))
      #expect(try await socket.frame().isCompressed)
    }
  }

  @Test("a node that stops ends the WebSockets that go through it")
  func stopping() async throws {
    let endpoint = RecordingEndpoint()
    try await TestNodes.run(endpoint: endpoint) { nodes in
      let socket = try await nodes.openedSocket()
      await nodes.first.server.stop()
      #expect(try await socket.rest() == "")
      #expect(await endpoint.nextReason() == .transportClose)
    }
  }

  @Test("a stream of HTTP/2 becomes one end of another node's WebSocket")
  func http2() async throws {
    let endpoint = RecordingEndpoint()
    try await TestNodes.run(endpoint: endpoint, isFirstSecure: true) { nodes in
      let sid = try await nodes.second.connect().openPolling()
      let client = try await HTTP2Client.connect(to: nodes.first.port)
      _ = try await client.request("GET", "/id")
      let socket = try await client.openWebSocket(
        "/engine.io/?EIO=4&transport=websocket&sid=\(sid)")
      let head = try await socket.response { $0.status > 0 }
      #expect(head.status == 200)
      #expect(head.headers.map(\.name) == [":status"])
      try await socket.sendFrame(Array("2probe".utf8))
      let probed = try await socket.response { $0.bytes.count == 8 }
      #expect(probed.bytes == [0x81, 6] + Array("3probe".utf8))
      try await socket.sendFrame(Array("5".utf8))
      try await socket.sendFrame(Array("4hello".utf8))
      let echo = try await socket.response { $0.bytes.count == 16 }
      #expect(echo.bytes.suffix(6) == Array("4hello".utf8)[...])
      try await socket.sendFrame(opcode: 8, [0x03, 0xE8])
      let closed = try await socket.response { $0.isEnded }
      #expect(closed.bytes.suffix(4) == [0x88, 2, 0x03, 0xE8])
      #expect(await endpoint.nextReason() == .transportClose)
    }
  }
}

extension TestNodes {
  /// A WebSocket through the first node to which a session of the second has moved.
  func openedSocket() async throws -> RawClient {
    let sid = try await second.connect().openPolling()
    let socket = try await first.connectWebSocket(sid: sid)
    try await socket.sendFrame("2probe")
    _ = try await socket.text()
    try await socket.sendFrame("5")
    return socket
  }
}
