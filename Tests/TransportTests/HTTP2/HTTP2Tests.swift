import NIOCore
import NIOHPACK
import NIOHTTP1
import NIOHTTP2
import Testing
import Transport

@Suite(.serialized, .timeLimit(.minutes(1))) struct HTTP2Tests {
  private static func run(
    threads: Int = 2, responder: any HTTPResponder = TestResponder(),
    configuration: ServerConfiguration = .testing { _ in },
    _ body: (TestServer, HTTP2Client) async throws -> Void
  ) async throws {
    try await TestServer.runSecurely(
      threads: threads, responder: responder, configuration: configuration
    ) { server in
      try await body(server, try await HTTP2Client.connect(to: server.port))
    }
  }

  @Test("requests of many streams are answered over one connection")
  func serving() async throws {
    try await Self.run { server, client in
      let hello = try await client.request("GET", "/hello")
      #expect(hello.status == 200)
      #expect(hello.body == "hello")
      #expect(hello.headers.first(name: "content-length") == "5")
      #expect(try await client.request("POST", "/echo", body: "abc").body == "abc")
      #expect(try await client.request("GET", "/nothing").status == 404)
      #expect(try await client.request("GET", "/fail").status == 500)
      let late = try await client.open("GET", "/late")
      #expect(try await client.request("GET", "/hello").body == "hello")
      #expect(try await late.response().body == "late")
      #expect(await server.server.connectionCount == 1)
    }
  }

  @Test("HEAD gets the head of a GET, with the end in it")
  func head() async throws {
    try await Self.run { _, client in
      let response = try await client.request("HEAD", "/hello")
      #expect(response.headers.first(name: "content-length") == "5")
      #expect(response.body == "")
      #expect(response.reset == nil)
    }
  }

  @Test("a responder sees what HTTP/1 would have told it")
  func requestFields() async throws {
    try await Self.run(responder: MirrorResponder()) { _, client in
      let response = try await client.request(
        "GET", "/a%20b?x=1", [("cookie", "a=1"), ("x-name", "value"), ("cookie", "b=2")])
      #expect(
        response.body
          == "GET /a%20b?x=1 /a b true\nx-name: value\nhost: localhost\ncookie: a=1; b=2\n")
    }
  }

  @Test("a response may not say what HTTP/2 does not have, nor break out of a field")
  func responseFields() async throws {
    let responder = FixedResponder(
      HTTPResponse(
        status: .ok,
        headers: [
          "Connection": "close", "Transfer-Encoding": "chunked", "X-Name": "a\r\nx-evil: b",
          "b ad": "x", "Set-Cookie": "a=1",
        ]))
    try await Self.run(responder: responder) { _, client in
      let headers = try await client.request("GET", "/").headers
      #expect(headers.first(name: "x-name") == "a  x-evil: b")
      #expect(headers.map(\.name) == [":status", "x-name", "set-cookie", "content-length"])
    }
  }

  @Test(
    "what is not acceptable gets 400",
    arguments: ["/../x", "/%zz", "/a%00b", "/%ff", "*", "x"])
  func badPath(path: String) async throws {
    try await Self.run { _, client in
      let response = try await client.request("GET", path)
      #expect(response.status == 400)
      #expect(try await client.request("GET", "/hello").body == "hello")
    }
  }

  @Test("a stream that breaks the rules is reset, the others go on")
  func malformed() async throws {
    try await Self.run { _, client in
      for headers in [
        [":method": "GET", ":scheme": "https"],
        [":method": "GET", ":path": "/hello", ":scheme": "https", "connection": "close"],
        [":method": "GET", ":path": "/hello", ":scheme": "https", "Upper": "case"],
      ] as [HPACKHeaders] {
        let stream = try await client.open(headers)
        #expect(try await stream.response().reset == .protocolError)
      }
      #expect(try await client.request("GET", "/hello").body == "hello")
    }
  }

  @Test("headers beyond the limit get 431")
  func longHeaders() async throws {
    try await Self.run(configuration: .testing { $0.maxHeaderBytes = 8_000 }) { _, client in
      let long = String(repeating: "x", count: 10_000)
      let response = try await client.request("GET", "/hello", [("x-long", long)])
      #expect(response.status == 431)
      let many = (0..<101).map { ("x-\($0)", "y") }
      #expect(try await client.request("GET", "/hello", many).status == 431)
      #expect(try await client.request("GET", "/hello").body == "hello")
    }
  }

  @Test("a body beyond the limit gets 413, announced or not, and is heard no further")
  func longBody() async throws {
    try await Self.run(configuration: .testing { $0.maxRequestBody = 10 }) { _, client in
      let announced = try await client.open(
        "POST", "/echo", [("content-length", "11")], endStream: false)
      let refused = try await announced.response()
      #expect(refused.status == 413)
      let unannounced = try await client.open("POST", "/echo", endStream: false)
      try await unannounced.send("abcdef")
      try await unannounced.send("abcdef")
      #expect(try await unannounced.response().status == 413)
      #expect(try await client.request("POST", "/echo", body: "0123456789").body == "0123456789")
    }
  }

  @Test("a request that does not arrive gets 408")
  func slowRequest() async throws {
    let configuration = ServerConfiguration.testing { $0.requestTimeout = .seconds(1) }
    try await Self.run(configuration: configuration) { _, client in
      let stream = try await client.open("POST", "/echo", endStream: false)
      #expect(try await stream.response().status == 408)
    }
  }

  @Test("a client that asks is told to continue")
  func expectContinue() async throws {
    try await Self.run { _, client in
      let stream = try await client.open(
        "POST", "/echo", [("expect", "100-continue")], endStream: false)
      _ = try await stream.response { $0.status == 100 }
      try await stream.send("abc", endStream: true)
      #expect(try await stream.response().body == "abc")
    }
  }

  @Test("a long body waits for the client's window, byte for byte")
  func flowControl() async throws {
    let text = String(repeating: "0123456789abcdef", count: 60_000)
    let responder = FixedResponder(.text(text))
    try await Self.run(responder: responder) { _, client in
      let stream = try await client.open("GET", "/")
      try await stream.setAutoRead(false)
      #expect(try await client.request("GET", "/").body == text)
      try await stream.setAutoRead(true)
      #expect(try await stream.response().body == text)
    }
  }

  @Test("a client whose window stays shut for the idle timeout loses the stream")
  func stalled() async throws {
    let responder = StreamingResponder { stream in
      stream.onWritten = nil
      stream.write(ByteBuffer(repeating: 0x61, count: 1_000_000))
    }
    let configuration = ServerConfiguration.testing { $0.idleTimeout = .milliseconds(100) }
    try await TestServer.runSecurely(responder: responder, configuration: configuration) { server in
      let client = try await HTTP2Client.connect(
        to: server.port, settings: [HTTP2Setting(parameter: .initialWindowSize, value: 0)])
      let stream = try await client.open("GET", "/")
      #expect(try await stream.response().reset == .cancel)
      #expect(await responder.nextEvent() == .closed)
    }
  }

  @Test("a long file comes in frames, whole")
  func file() async throws {
    let folder = try TemporaryDirectory()
    defer { folder.remove() }
    let text = String(repeating: "0123456789abcdef", count: 100_000)
    try folder.write(text, to: "long.txt")
    let responder = FilesResponder(files: StaticFiles(root: folder.path))
    try await Self.run(responder: responder) { _, client in
      #expect(try await client.request("GET", "/long.txt").body == text)
      let part = try await client.request(
        "GET", "/long.txt", [("range", "bytes=500001-500016")])
      #expect(part.status == 206)
      #expect(part.body == "123456789abcdef0")
    }
  }
}

/// Answers with what it was asked.
struct MirrorResponder: HTTPResponder {
  func respond(to request: HTTPRequest) -> PendingResponse {
    let fields = request.headers.map { "\($0.name): \($0.value)\n" }.joined()
    return PendingResponse(
      future: request.eventLoop.makeSucceededFuture(
        .text("\(request.method) \(request.uri) \(request.path) \(request.secure)\n\(fields)")))
  }
}

/// Answers the same to all.
struct FixedResponder: HTTPResponder {
  let response: HTTPResponse

  init(_ response: HTTPResponse) { self.response = response }

  func respond(to request: HTTPRequest) -> PendingResponse {
    PendingResponse(future: request.eventLoop.makeSucceededFuture(response))
  }
}
