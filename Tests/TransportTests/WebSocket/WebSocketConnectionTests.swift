import NIOCore
import RealtimeProtocol
import Testing
import Transport

@Suite(.timeLimit(.minutes(1))) struct WebSocketConnectionTests {
  @Test("a responder that accepts gets a WebSocket with the subprotocol that it names")
  func accepted() async throws {
    try await TestServer.run(responder: SocketResponder()) { server in
      let client = try await server.connect()
      try await client.requestUpgrade("/socket", headers: ["sec-websocket-protocol": "parrot"])
      let response = try await client.response()
      #expect(response.status == 101)
      #expect(response.headers["sec-websocket-accept"] == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")
      #expect(response.headers["sec-websocket-protocol"] == "parrot")
      try await client.sendFrame("hello")
      #expect(try await client.text() == "hello")
      try await client.sendFrame(opcode: 2, [1, 2])
      #expect(try await client.frame() == .init(opcode: 2, payload: [1, 2]))
    }
  }

  @Test("messages longer than what is gathered come whole, in order")
  func lengths() async throws {
    try await TestServer.run(responder: SocketResponder()) { server in
      let client = try await server.connectPlainWebSocket()
      for count in [0, 125, 126, 20_000, 65_535, 3] {
        try await client.sendFrame(opcode: 2, Array(repeating: 7, count: count))
      }
      for count in [0, 125, 126, 20_000, 65_535, 3] {
        #expect(try await client.frame().payload == Array(repeating: 7, count: count))
      }
    }
  }

  @Test("a responder that refuses answers in HTTP")
  func refused() async throws {
    try await TestServer.run(threads: 1, responder: SocketResponder()) { server in
      let client = try await server.connect()
      try await client.requestUpgrade("/elsewhere")
      let response = try await client.response()
      #expect(response.status == 200)
      #expect(response.body == "members only")
      #expect(try await client.rest() == "")
    }
  }

  @Test("a responder that knows nothing of WebSockets answers as ever")
  func plainResponder() async throws {
    try await TestServer.run { server in
      let client = try await server.connect()
      try await client.requestUpgrade("/late")
      #expect(try await client.response().body == "late")
    }
  }

  @Test("an unsound handshake is refused though the responder accepts")
  func unsound() async throws {
    try await TestServer.run(responder: SocketResponder()) { server in
      for headers in [["sec-websocket-version": "8"], ["sec-websocket-key": "short"]] {
        let client = try await server.connect()
        try await client.requestUpgrade("/socket", headers: headers)
        let response = try await client.response()
        #expect(response.status == 426)
        #expect(response.headers["sec-websocket-version"] == "13")
      }
    }
  }

  @Test("what is sent in one turn leaves before the close frame, which says what it is told")
  func closing() async throws {
    let responder = SocketResponder { connection, text in
      connection.send(text: text)
      connection.close(.forcedServerClose, message: "no more")
      connection.send(text: text)
      connection.close(.parseError)
    }
    try await TestServer.run(responder: responder) { server in
      let client = try await server.connectPlainWebSocket()
      try await client.sendFrame("last words")
      #expect(try await client.text() == "last words")
      let close = try await client.frame()
      #expect(close.closeCode == 1000)
      #expect(String(decoding: close.payload.dropFirst(2), as: UTF8.self) == "no more")
      try await client.sendFrame(opcode: 8, [])
      #expect(await responder.nextReason() == .forcedServerClose)
    }
  }

  @Test("answers to the last messages go before the close frame that ends everything")
  func lastAnswers() async throws {
    for end in [RawClient.frame(opcode: 8, [0x0F, 0xA0]), RawClient.frame(opcode: 3, [])] {
      try await TestServer.run(responder: SocketResponder()) { server in
        let client = try await server.connectPlainWebSocket()
        try await client.send(RawClient.frame(opcode: 1, Array("one".utf8)) + end)
        #expect(try await client.text() == "one")
        #expect(try await client.frame().opcode == 8)
      }
    }
  }

  @Test(
    "the receiver learns once why its client has gone",
    arguments: [(UInt8(8), [0x03, 0xE8], CloseReason.transportClose), (3, [], .transportError)]
      as [(UInt8, [UInt8], CloseReason)])
  func reasons(opcode: UInt8, payload: [UInt8], reason: CloseReason) async throws {
    let responder = SocketResponder()
    try await TestServer.run(responder: responder) { server in
      let client = try await server.connectPlainWebSocket()
      try await client.sendFrame(opcode: opcode, payload)
      #expect(await responder.nextReason() == reason)
      #expect(try await client.frame().opcode == 8)
      let other = try await server.connectPlainWebSocket()
      try await other.close()
      #expect(await responder.nextReason() == .transportClose)
    }
  }

  @Test("a client is pinged, and any frame shows that it is there")
  func heartbeat() async throws {
    let configuration = ServerConfiguration.testing { $0.engine.pingInterval = .milliseconds(50) }
    try await TestServer.run(responder: SocketResponder(), configuration: configuration) {
      server in
      let client = try await server.connectPlainWebSocket()
      for opcode in [10, 2, 9] as [UInt8] {
        #expect(try await client.frame() == .init(opcode: 9, payload: []))
        try await client.sendFrame(opcode: opcode, [])
        if opcode != 10 { #expect(try await client.frame().payload == []) }
      }
    }
  }

  @Test("a silent client is pinged and then closed")
  func silence() async throws {
    let responder = SocketResponder()
    let configuration = ServerConfiguration.testing {
      $0.engine.pingInterval = .milliseconds(50)
      $0.engine.pingTimeout = .milliseconds(50)
    }
    try await TestServer.run(responder: responder, configuration: configuration) { server in
      let client = try await server.connectPlainWebSocket()
      #expect(try await client.frame().opcode == 9)
      #expect(try await client.frame().closeCode == 1008)
      #expect(await responder.nextReason() == .pingTimeout)
    }
  }

  @Test("a client that does not read is closed when too much waits, and is told when it reads")
  func slowConsumer() async throws {
    let responder = SocketResponder { connection, _ in
      for _ in 0..<400 { connection.send(binary: ByteBuffer(repeating: 0, count: 50_000)) }
    }
    let configuration = ServerConfiguration.testing { $0.outboundLimit = 100_000 }
    try await TestServer.run(responder: responder, configuration: configuration) { server in
      let client = try await server.connectPlainWebSocket()
      try await client.pauseReading()
      try await client.sendFrame("flood")
      #expect(await responder.nextReason() == .slowConsumer)
      try await client.resumeReading()
      var frame = try await client.frame()
      while frame.opcode != 8 { frame = try await client.frame() }
      #expect(frame.closeCode == 1008)
    }
  }

  @Test("a server that stops says that it goes away")
  func stopping() async throws {
    let responder = SocketResponder()
    try await TestServer.run(responder: responder) { server in
      let client = try await server.connectPlainWebSocket()
      async let stopped: Void = server.server.stop()
      #expect(try await client.frame().closeCode == 1001)
      #expect(await responder.nextReason() == .serverShuttingDown)
      try await client.close()
      await stopped
    }
  }
}
