import NIOCore
import NIOHPACK
import NIOHTTP2
import RealtimeProtocol
import Testing
import Transport

@Suite(.serialized, .timeLimit(.minutes(1))) struct HTTP2WebSocketTests {
  /// Runs `body` with a client that has read the server's settings: before, it may not ask for
  /// WebSockets.
  private static func run(
    _ responder: any HTTPResponder = SocketResponder(),
    _ body: (HTTP2Client) async throws -> Void
  ) async throws {
    try await TestServer.runSecurely(responder: responder) { server in
      let client = try await HTTP2Client.connect(to: server.port)
      _ = try await client.request("GET", "/hello")
      try await body(client)
    }
  }

  @Test("a stream becomes a WebSocket, beside others that stay what they are")
  func accepted() async throws {
    let responder = SocketResponder()
    try await Self.run(responder) { client in
      let socket = try await client.openWebSocket(
        "/socket", [("sec-websocket-protocol", "parrot")])
      let head = try await socket.response { $0.status > 0 }
      #expect(head.status == 200)
      #expect(head.headers.map(\.name) == [":status", "sec-websocket-protocol"])
      try await socket.sendFrame(Array("hello".utf8))
      #expect(try await client.request("GET", "/hello").body == "hello")
      let echo = try await socket.response { $0.bytes.count == 7 }
      #expect(echo.bytes == [0x81, 5] + Array("hello".utf8))

      try await socket.sendFrame(opcode: 8, [0x03, 0xE8])
      let closed = try await socket.response { $0.isEnded }
      #expect(closed.bytes.suffix(4) == [0x88, 2, 0x03, 0xE8])
      #expect(closed.reset == nil)
      #expect(await responder.nextReason() == .transportClose)
    }
  }

  @Test("a close frame is answered when it is the last of its stream too")
  func closeWithEnd() async throws {
    try await Self.run { client in
      let socket = try await client.openWebSocket("/socket")
      _ = try await socket.response { $0.status == 200 }
      try await socket.sendFrame(opcode: 8, [0x03, 0xE8], endStream: true)
      let closed = try await socket.response { $0.isEnded }
      #expect(closed.bytes == [0x88, 2, 0x03, 0xE8])
      #expect(closed.reset == nil)
    }
  }

  @Test("what a client sends before it is accepted is not lost")
  func eager() async throws {
    try await Self.run { client in
      let socket = try await client.openWebSocket("/socket")
      for letter in "abc".utf8 { try await socket.sendFrame([letter]) }
      let echo = try await socket.response { $0.bytes.count == 9 }
      #expect(echo.bytes == [0x81, 1, 0x61, 0x81, 1, 0x62, 0x81, 1, 0x63])
    }
  }

  @Test("a client that resets the stream, or sends no more, has left", arguments: [true, false])
  func leaving(isReset: Bool) async throws {
    let responder = SocketResponder()
    try await Self.run(responder) { client in
      let socket = try await client.openWebSocket("/socket")
      _ = try await socket.response { $0.status == 200 }
      if isReset { try await socket.reset() } else { try await socket.send("", endStream: true) }
      let reason = await responder.nextReason()
      #expect(reason == .transportClose || reason == .transportError)
      #expect(try await client.request("GET", "/hello").body == "hello")
    }
  }

  @Test("what is no WebSocket gets an answer in HTTP")
  func refused() async throws {
    try await Self.run { client in
      let elsewhere = try await client.openWebSocket("/elsewhere")
      #expect(try await elsewhere.response().body == "members only")
      let old = try await client.open(
        [
          ":method": "CONNECT", ":protocol": "websocket", ":path": "/socket", ":scheme": "https",
          ":authority": "localhost", "sec-websocket-version": "8",
        ], endStream: false)
      #expect(try await old.response().status == 426)
      let other = try await client.openWebSocket("/socket", protocol: "carrier-pigeon")
      #expect(try await other.response().status == 501)
      let foreign = try await client.openWebSocket("/socket", [("origin", "https://other.test")])
      #expect(try await foreign.response().status == 403)
      #expect(try await client.request("GET", "/hello").body == "hello")
    }
  }

  @Test("an Engine.IO session runs on a stream")
  func engine() async throws {
    try await Self.run(TestResponder()) { client in
      let socket = try await client.openWebSocket("/engine.io/?EIO=4&transport=websocket")
      let opened = try await socket.response { $0.body.contains("pingTimeout") }
      #expect(opened.status == 200)
      try await socket.sendFrame(Array("4hello".utf8))
      let echo = try await socket.response { $0.body.hasSuffix("4hello") }
      #expect(echo.bytes.count > opened.bytes.count)
    }
  }
}
