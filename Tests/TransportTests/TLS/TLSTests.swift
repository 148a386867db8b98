import NIOCore
import NIOHTTP1
import NIOSSL
import Testing
import Transport

@Suite(.serialized, .timeLimit(.minutes(1))) struct TLSTests {
  @Test("a server with a certificate serves HTTP/1.1 through TLS")
  func serving() async throws {
    try await TestServer.runSecurely { server in
      let client = try await server.connect(tls: ClientTLS())
      try await client.request("GET", "/hello")
      #expect(try await client.response().body == "hello")
      try await client.request("POST", "/echo", body: "again")
      #expect(try await client.response().body == "again")
    }
  }

  @Test("a client that agrees on no protocol gets HTTP/1.1")
  func noALPN() async throws {
    try await TestServer.runSecurely { server in
      let client = try await server.connect(tls: ClientTLS(protocols: []))
      try await client.request("GET", "/hello")
      #expect(try await client.response().body == "hello")
    }
  }

  @Test("TLS 1.2 is taken, TLS 1.1 is not")
  func versions() async throws {
    try await TestServer.runSecurely { server in
      let client = try await server.connect(tls: ClientTLS(version: .tlsv12))
      try await client.request("GET", "/hello")
      #expect(try await client.response().body == "hello")
      let old = try await server.connect(tls: ClientTLS(version: .tlsv11))
      #expect(try await old.rest() == "")
    }
  }

  @Test("a responder is told that the connection is encrypted", arguments: [true, false])
  func secure(isSecure: Bool) async throws {
    let run = isSecure ? Self.runSecurely : Self.runPlainly
    try await run(SecurityResponder()) { server in
      let client = try await server.connect(tls: isSecure ? ClientTLS() : nil)
      try await client.request("GET", "/")
      #expect(try await client.response().body == "\(isSecure)")
    }
  }

  private static func runSecurely(
    _ responder: any HTTPResponder, _ body: (TestServer) async throws -> Void
  ) async throws {
    try await TestServer.runSecurely(responder: responder, body)
  }

  private static func runPlainly(
    _ responder: any HTTPResponder, _ body: (TestServer) async throws -> Void
  ) async throws {
    try await TestServer.run(responder: responder, body)
  }

  @Test("a plain request is told to use HTTPS, nonsense is closed, and the server goes on")
  func plaintext() async throws {
    try await TestServer.runSecurely { server in
      let plain = try await server.connect()
      try await plain.request("GET", "/hello")
      let response = try await plain.response()
      #expect(response.status == 400)
      #expect(response.body.contains("HTTPS"))
      #expect(try await plain.rest() == "")
      for nonsense in [[0x16, 3, 1, 0xFF, 0xFF, 0, 0], [0], [0x80, 0x2E, 1]] as [[UInt8]] {
        let client = try await server.connect()
        try await client.send(nonsense + [UInt8](repeating: 0xAA, count: 70_000))
        _ = try await client.rest()
      }
      let client = try await server.connect(tls: ClientTLS())
      try await client.request("GET", "/hello")
      #expect(try await client.response().body == "hello")
    }
  }

  @Test("a client that does not finish the handshake is closed")
  func slowHandshake() async throws {
    let configuration = ServerConfiguration.testing { $0.requestTimeout = .milliseconds(50) }
    try await TestServer.runSecurely(configuration: configuration) { server in
      let client = try await server.connect()
      try await client.send([0x16, 3, 1])
      #expect(try await client.rest() == "")
    }
  }

  @Test("a long file comes through TLS whole, a part of it too")
  func file() async throws {
    let folder = try TemporaryDirectory()
    defer { folder.remove() }
    let text = String(repeating: "0123456789abcdef", count: 100_000)
    try folder.write(text, to: "long.txt")
    let responder = FilesResponder(files: StaticFiles(root: folder.path))
    try await TestServer.runSecurely(responder: responder) { server in
      let client = try await server.connect(tls: ClientTLS())
      try await client.request("GET", "/long.txt")
      #expect(try await client.response().body == text)
      try await client.request("GET", "/long.txt", headers: ["range": "bytes=500001-500016"])
      #expect(try await client.response().body == "123456789abcdef0")
      try await client.request("HEAD", "/long.txt")
      let head = try await client.response(hasBody: false)
      #expect(head.headers["content-length"] == "\(text.utf8.count)")
    }
  }

  @Test("a stream ends with its client through TLS")
  func stream() async throws {
    let responder = StreamingResponder { $0.write(ByteBuffer(string: "x")) }
    try await TestServer.runSecurely(responder: responder) { server in
      let client = try await server.connect(tls: ClientTLS())
      try await client.request("GET", "/")
      _ = try await client.response(hasBody: false)
      try await client.close()
      #expect(await responder.nextEvent() == .written(1))
      #expect(await responder.nextEvent() == .closed)
    }
  }

  @Test("a WebSocket session runs through TLS")
  func webSocket() async throws {
    try await TestServer.runSecurely { server in
      let client = try await server.connect(tls: ClientTLS())
      try await client.requestWebSocket()
      #expect(try await client.response().status == 101)
      _ = try await client.frame()
      try await client.sendFrame("4hello")
      #expect(try await client.text() == "4hello")
    }
  }
}

/// Answers whether the connection is encrypted.
struct SecurityResponder: HTTPResponder {
  func respond(to request: HTTPRequest) -> PendingResponse {
    PendingResponse(future: request.eventLoop.makeSucceededFuture(.text("\(request.secure)")))
  }
}
