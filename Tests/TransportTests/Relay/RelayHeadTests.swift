import NIOCore
import NIOHTTP1
import NIOPosix
import Testing

@testable import Transport

@Suite(.timeLimit(.minutes(1))) struct RelayHeadTests {
  private func request(
    _ headers: HTTPHeaders, _ method: HTTPMethod = .GET, _ uri: String = "/engine.io/?sid=x",
    body: String = ""
  ) -> HTTPRequest {
    HTTPRequest(
      method: method, uri: uri, path: "/engine.io/", headers: headers,
      body: ByteBuffer(string: body),
      remoteAddress: "10.1.2.3", secure: false,
      eventLoop: MultiThreadedEventLoopGroup.singleton.any())
  }

  @Test("a request keeps all but what concerns its connection, and says whose it is")
  func request() throws {
    let headers: HTTPHeaders = [
      "Host": "chat.example", "Cookie": "a=b", "Connection": "keep-alive, X-Once", "X-Once": "1",
      "Keep-Alive": "5", "TE": "trailers", "Expect": "100-continue", "Content-Length": "9",
      "Origin": "https://chat.example", "Transfer-Encoding": "chunked", "X-Many": "1",
    ]
    let head = try #require(RelayHead.request(request(headers), isWebSocket: false))
    #expect(head.uri == "/engine.io/?sid=x")
    #expect(
      Dictionary(uniqueKeysWithValues: head.headers.map { ($0.name.lowercased(), $0.value) }) == [
        "host": "chat.example", "cookie": "a=b", "origin": "https://chat.example", "x-many": "1",
        "perigee-relayed-for": "10.1.2.3",
      ])
  }

  @Test("a body has its length, however it came")
  func body() throws {
    let headers: HTTPHeaders = ["host": "h", "transfer-encoding": "chunked"]
    for body in ["", "4hello"] {
      let head = try #require(
        RelayHead.request(request(headers, .POST, body: body), isWebSocket: false))
      #expect(head.headers["content-length"] == ["\(body.utf8.count)"])
      #expect(!head.headers.contains(name: "transfer-encoding"))
    }
  }

  @Test("a handshake asks for what it asked for, with a key of its own where it has none")
  func handshake() throws {
    let headers: HTTPHeaders = [
      "host": "h", "connection": "Upgrade", "upgrade": "websocket", "sec-websocket-version": "13",
    ]
    let head = try #require(RelayHead.request(request(headers), isWebSocket: true))
    #expect(head.headers["connection"] == ["Upgrade"])
    #expect(head.headers["upgrade"] == ["websocket"])
    #expect(head.headers["sec-websocket-key"].count == 1)
    #expect(head.headers["sec-websocket-version"] == ["13"])
    var keyed = headers
    keyed.add(name: "sec-websocket-key", value: "dGhlIHNhbXBsZSBub25jZQ==")
    let other = try #require(RelayHead.request(request(keyed), isWebSocket: true))
    #expect(other.headers["sec-websocket-key"] == ["dGhlIHNhbXBsZSBub25jZQ=="])
  }

  @Test("what would be two requests on the wire, or none, is not passed on")
  func smuggling() {
    for uri in ["/a b", "/a\r\nx: y", "/a\u{7F}"] {
      #expect(RelayHead.request(request([:], .GET, uri), isWebSocket: false) == nil)
    }
    #expect(
      RelayHead.request(request([:], .RAW(value: "GET /x")), isWebSocket: false) == nil)
    let head = RelayHead.request(request(["a": "b\r\nc: d", "e f": "g"]), isWebSocket: false)
    #expect(head?.headers["a"] == ["b  c: d"])
    #expect(head?.headers.contains(name: "e f") == false)
  }

  @Test("a response keeps what concerns the client; who may read it is said here")
  func response() {
    let response = RelayHead.response(
      HTTPResponseHead(
        version: .http1_1, status: .ok,
        headers: [
          "content-type": "text/plain", "content-length": "5", "connection": "close",
          "access-control-allow-origin": "*", "cache-control": "no-store",
        ]))
    #expect(response.status == .ok)
    #expect(response.headers.map(\.name) == ["content-type", "cache-control"])
  }
}
