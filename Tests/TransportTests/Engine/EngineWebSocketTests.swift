import NIOCore
import RealtimeProtocol
import Testing
import Transport

@Suite(.timeLimit(.minutes(1))) struct EngineWebSocketTests {
  @Test("text and binary messages come back as they went")
  func messages() async throws {
    try await TestServer.run { server in
      let client = try await server.connect()
      try await client.requestWebSocket()
      let upgraded = try await client.response()
      #expect(upgraded.status == 101)
      #expect(upgraded.headers["sec-websocket-accept"] == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")
      #expect(try await client.text().contains(#""upgrades":[],"#))
      try await client.sendFrame("4hello")
      #expect(try await client.text() == "4hello")
      try await client.sendFrame(opcode: 2, [1, 2, 3, 4])
      #expect(try await client.frame() == .init(opcode: 2, payload: [1, 2, 3, 4]))
    }
  }

  @Test("frames may follow the handshake without waiting for its answer")
  func eager() async throws {
    try await TestServer.run { server in
      let client = try await server.connect()
      async let requested: Void = client.requestWebSocket()
      _ = try await requested
      try await client.sendFrame("4early")
      #expect(try await client.response().status == 101)
      _ = try await client.frame()
      #expect(try await client.text() == "4early")
    }
  }

  @Test("a connection may become a WebSocket after other requests")
  func laterUpgrade() async throws {
    try await TestServer.run { server in
      let client = try await server.connect()
      try await client.request("GET", "/hello")
      #expect(try await client.response().body == "hello")
      let sid = try await client.openPolling()
      try await client.requestWebSocket(sid: sid)
      #expect(try await client.response().status == 101)
      try await client.sendFrame("2probe")
      #expect(try await client.text() == "3probe")
    }
  }

  @Test("fragments, control frames between them, and a ping's answer")
  func fragments() async throws {
    try await TestServer.run { server in
      let client = try await server.connectWebSocket()
      try await client.sendFrame(opcode: 1, Array("4frag".utf8), isFinal: false)
      try await client.sendFrame(opcode: 9, Array("are you there".utf8))
      try await client.sendFrame(opcode: 0, Array("ments".utf8))
      #expect(
        try await client.frame() == .init(opcode: 10, payload: Array("are you there".utf8)))
      #expect(try await client.text() == "4fragments")
    }
  }

  @Test(
    "a violation closes with its code",
    arguments: [
      (UInt8(1), [0x34, 0xFF], 1007), (3, [], 1002), (0, [], 1002), (8, [0x03], 1002),
      (2, [UInt8](repeating: 0, count: 201), 1009),
    ] as [(UInt8, [UInt8], Int)])
  func violations(opcode: UInt8, payload: [UInt8], code: Int) async throws {
    try await TestServer.run(threads: 1, configuration: .testing { $0.engine.maxPayload = 200 }) {
      server in
      let client = try await server.connectWebSocket()
      try await client.sendFrame(opcode: opcode, payload)
      #expect(try await client.frame().closeCode == code)
      #expect(try await client.rest() == "")
    }
  }

  @Test(
    "a session ends with the reason that fits",
    arguments: [
      (UInt8(1), "abc", CloseReason.parseError), (1, "1", .forcedClose), (8, "", .transportClose),
      (3, "", .transportError),
    ])
  func reasons(opcode: UInt8, payload: String, reason: CloseReason) async throws {
    let endpoint = RecordingEndpoint()
    try await TestServer.run(threads: 1, endpoint: endpoint) { server in
      let client = try await server.connectWebSocket()
      try await client.sendFrame(opcode: opcode, Array(payload.utf8))
      #expect(await endpoint.nextReason() == reason)
      #expect(try await client.frame().opcode == 8)
    }
  }

  @Test("a connection that just ends is a transport close")
  func vanished() async throws {
    let endpoint = RecordingEndpoint()
    try await TestServer.run(endpoint: endpoint) { server in
      let client = try await server.connectWebSocket()
      try await client.close()
      #expect(await endpoint.nextReason() == .transportClose)
    }
  }

  @Test("a close frame is answered with its code")
  func closeHandshake() async throws {
    try await TestServer.run { server in
      let client = try await server.connectWebSocket()
      try await client.sendFrame(opcode: 8, [0x0B, 0xB8])
      #expect(try await client.frame().closeCode == 3000)
      #expect(try await client.rest() == "")
    }
  }

  @Test("a client that answers pings lives on")
  func heartbeat() async throws {
    let configuration = ServerConfiguration.testing { $0.engine.pingInterval = .milliseconds(50) }
    try await TestServer.run(configuration: configuration) { server in
      let client = try await server.connectWebSocket()
      for _ in 0..<3 {
        #expect(try await client.text() == "2")
        try await client.sendFrame("3")
      }
    }
  }

  @Test("a silent client is pinged and then closed")
  func silence() async throws {
    let configuration = ServerConfiguration.testing {
      $0.engine.pingInterval = .milliseconds(50)
      $0.engine.pingTimeout = .milliseconds(50)
    }
    try await TestServer.run(configuration: configuration) { server in
      let client = try await server.connectWebSocket()
      #expect(try await client.text() == "2")
      #expect(try await client.frame().closeCode == 1008)
    }
  }

  @Test(
    "a request that is no WebSocket handshake is refused in plain text",
    arguments: [
      ("?EIO=4&transport=websocket&sid=nobody", "Session ID unknown"),
      ("?transport=websocket", "Unsupported protocol version"),
      ("?EIO=4", "Transport unknown"),
    ])
  func refusals(query: String, message: String) async throws {
    try await TestServer.run(threads: 1) { server in
      let client = try await server.connect()
      try await client.request(
        "GET", "/engine.io/" + query,
        headers: [
          "connection": "Upgrade", "upgrade": "websocket", "sec-websocket-version": "13",
          "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
        ])
      let response = try await client.response()
      #expect(response.status == 400)
      #expect(response.body == message)
      #expect(try await client.rest() == "")
    }
  }

  @Test("another version of WebSocket is told the one that is spoken")
  func otherVersion() async throws {
    try await TestServer.run { server in
      let client = try await server.connect()
      try await client.request(
        "GET", "/engine.io/?EIO=4&transport=websocket",
        headers: [
          "connection": "Upgrade", "upgrade": "websocket", "sec-websocket-version": "8",
          "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
        ])
      let response = try await client.response()
      #expect(response.status == 426)
      #expect(response.headers["sec-websocket-version"] == "13")
    }
  }

  @Test("a client that does not read is closed when too much waits, and is told when it reads")
  func slowConsumer() async throws {
    let endpoint = FloodingEndpoint()
    try await TestServer.run(
      endpoint: endpoint, configuration: .testing { $0.outboundLimit = 100_000 }
    ) {
      server in
      let client = try await server.connectWebSocket()
      try await client.pauseReading()
      try await client.sendFrame("4flood")
      #expect(await endpoint.recorder.nextReason() == .slowConsumer)
      try await client.resumeReading()
      var frame = try await client.frame()
      while frame.opcode != 8 { frame = try await client.frame() }
      #expect(frame.closeCode == 1008)
    }
  }
}
