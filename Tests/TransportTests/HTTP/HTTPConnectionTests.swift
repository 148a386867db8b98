import NIOCore
import Testing
import Transport

@Suite(.timeLimit(.minutes(1))) struct HTTPConnectionTests {
  @Test("requests on one connection are answered in order, however they come")
  func pipelining() async throws {
    try await TestServer.run { server in
      let client = try await server.connect()
      let requests = ["/late", "/hello", "/late", "/nothing"].map {
        "GET \($0) HTTP/1.1\r\nhost: x\r\n\r\n"
      }
      try await client.send(requests.joined())
      var bodies: [String] = []
      for _ in requests { bodies.append(try await client.response().body) }
      #expect(bodies == ["late", "hello", "late", "nothing"])
    }
  }

  @Test("a request may come a byte at a time")
  func dripFeed() async throws {
    try await TestServer.run { server in
      let client = try await server.connect()
      let text = "POST /echo HTTP/1.1\r\nhost: x\r\ncontent-length: 3\r\n\r\nabc"
      for byte in text.utf8 { try await client.send([byte]) }
      #expect(try await client.response().body == "abc")
    }
  }

  @Test("HEAD gets the head of a GET")
  func head() async throws {
    try await TestServer.run { server in
      let client = try await server.connect()
      try await client.request("HEAD", "/hello")
      let head = try await client.response(hasBody: false)
      #expect(head.headers["content-length"] == "5")
      try await client.request("GET", "/hello")
      #expect(try await client.response().body == "hello")
    }
  }

  @Test("a client that asks is told to continue")
  func expectContinue() async throws {
    try await TestServer.run { server in
      let client = try await server.connect()
      try await client.request(
        "POST", "/echo", headers: ["expect": "100-continue", "content-length": "3"])
      #expect(try await client.response().status == 100)
      try await client.send("abc")
      #expect(try await client.response().body == "abc")
    }
  }

  @Test("a chunked body is put together")
  func chunked() async throws {
    try await TestServer.run { server in
      let client = try await server.connect()
      try await client.request("POST", "/echo", headers: ["transfer-encoding": "chunked"])
      try await client.send("3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n")
      #expect(try await client.response().body == "abcde")
    }
  }

  @Test(
    "what is not HTTP gets 400 and the connection ends",
    arguments: [
      "\r\n\r\nhello\r\n\r\n", "GET\r\n\r\n", "GET / HTTP/1.1\r\n\r\n",
      "GET / HTTP/1.1\r\nhost: a\r\nhost: b\r\n\r\n", "GET / HTTP/9.9\r\nhost: x\r\n\r\n",
      "GET /%zz HTTP/1.1\r\nhost: x\r\n\r\n", "GET /../x HTTP/1.1\r\nhost: x\r\n\r\n",
      "GET /%2e%2e/x HTTP/1.1\r\nhost: x\r\n\r\n", "GET /a%00b HTTP/1.1\r\nhost: x\r\n\r\n",
      "GET /a%5cb HTTP/1.1\r\nhost: x\r\n\r\n", "GET /%ff HTTP/1.1\r\nhost: x\r\n\r\n",
      "POST / HTTP/1.1\r\nhost: x\r\ncontent-length: x\r\n\r\n",
      "GET / HTTP/1.1\r\nhost: x\r\nbad header: y\r\n\r\n", "OPTIONS * HTTP/1.1\r\nhost: x\r\n\r\n",
    ])
  func malformed(text: String) async throws {
    try await TestServer.run(threads: 1) { server in
      let client = try await server.connect()
      try await client.send(text)
      #expect(try await client.response().status == 400)
      #expect(try await client.rest() == "")
      let other = try await server.connect()
      try await other.request("GET", "/hello")
      #expect(try await other.response().body == "hello")
    }
  }

  @Test("headers beyond the limit get 431")
  func longHeaders() async throws {
    try await TestServer.run { server in
      let client = try await server.connect()
      let long = String(repeating: "x", count: 20_000)
      try await client.request("GET", "/hello", headers: ["x-long": long])
      #expect(try await client.response().status == 431)
    }
  }

  @Test("a body beyond the limit gets 413, announced or not")
  func longBody() async throws {
    try await TestServer.run(configuration: .testing { $0.maxRequestBody = 10 }) { server in
      let announced = try await server.connect()
      try await announced.request("POST", "/echo", headers: ["content-length": "11"])
      #expect(try await announced.response().status == 413)
      let chunked = try await server.connect()
      try await chunked.request("POST", "/echo", headers: ["transfer-encoding": "chunked"])
      try await chunked.send("6\r\nabcdef\r\n6\r\nabcdef\r\n0\r\n\r\n")
      #expect(try await chunked.response().status == 413)
    }
  }

  @Test("a request that does not arrive gets 408")
  func slowRequest() async throws {
    try await TestServer.run(configuration: .testing { $0.requestTimeout = .milliseconds(50) }) {
      server in
      let client = try await server.connect()
      try await client.send("GET /hello HT")
      #expect(try await client.response().status == 408)
      #expect(try await client.rest() == "")
    }
  }

  @Test("a connection that is silent between requests is closed without a word")
  func idle() async throws {
    try await TestServer.run(configuration: .testing { $0.idleTimeout = .milliseconds(50) }) {
      server in
      let client = try await server.connect()
      try await client.request("GET", "/hello")
      #expect(try await client.response().body == "hello")
      #expect(try await client.rest() == "")
    }
  }

  @Test("a client that has finished sending still gets its answer")
  func halfClosed() async throws {
    try await TestServer.run { server in
      let client = try await server.connect()
      try await client.request("GET", "/late")
      try await client.closeOutput()
      #expect(try await client.response().body == "late")
      #expect(try await client.rest() == "")
    }
  }

  @Test("HTTP/1.0 and `connection: close` end the connection after the answer")
  func closing() async throws {
    try await TestServer.run { server in
      let old = try await server.connect()
      try await old.send("GET /hello HTTP/1.0\r\n\r\n")
      let response = try await old.response()
      #expect(response.headers["connection"] == "close")
      #expect(try await old.rest() == "")
      let new = try await server.connect()
      try await new.request("GET", "/hello", headers: ["connection": "close"])
      #expect(try await new.response().body == "hello")
      #expect(try await new.rest() == "")
    }
  }

  @Test("an upgrade that nobody offers is ignored")
  func otherUpgrade() async throws {
    try await TestServer.run { server in
      let client = try await server.connect()
      try await client.request(
        "GET", "/hello", headers: ["connection": "upgrade", "upgrade": "h2c"])
      let response = try await client.response()
      #expect(response.body == "hello")
      #expect(response.headers["connection"] == "close")
    }
  }

  @Test("a responder that fails is a 500, and the connection goes on")
  func failing() async throws {
    try await TestServer.run { server in
      let client = try await server.connect()
      try await client.request("GET", "/fail")
      #expect(try await client.response().status == 500)
      try await client.request("GET", "/hello")
      #expect(try await client.response().body == "hello")
    }
  }

  @Test("a header value cannot break out of its line")
  func headerInjection() async throws {
    try await TestServer.run { server in
      let client = try await server.connect()
      try await client.request("GET", "/split")
      let response = try await client.response()
      #expect(response.headers["x-name"] == "a  x-evil: b")
      #expect(response.headers["x-evil"] == nil)
    }
  }

  @Test("stopping ends idle connections at once and lets answers finish")
  func stopping() async throws {
    try await TestServer.run(configuration: .testing { $0.shutdownTimeout = .seconds(5) }) {
      server in
      let idle = try await server.connect()
      try await idle.request("GET", "/hello")
      _ = try await idle.response()
      let busy = try await server.connect()
      try await busy.request("GET", "/late")
      let session = try await server.connectWebSocket()
      async let stopped: Void = server.server.stop()
      #expect(try await idle.rest() == "")
      #expect(try await session.frame().closeCode == 1001)
      try await session.close()
      let answer = try await busy.rest()
      #expect(answer.isEmpty || answer.hasSuffix("late"))
      await stopped
      #expect(await server.server.connectionCount == 0)
    }
  }
}
