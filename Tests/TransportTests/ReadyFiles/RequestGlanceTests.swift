import Testing

@testable import Transport

@Suite(.timeLimit(.minutes(1))) struct RequestGlanceTests {
  private static func glance(_ text: String) -> RequestGlance? {
    Array(text.utf8).withUnsafeBytes { RequestGlance($0) }
  }

  private static func isPlain(_ fields: String) -> Bool? {
    glance("GET / HTTP/1.1\r\nHost: a\r\n\(fields)\r\n")?.isPlain
  }

  @Test("the parts of a plain request are found")
  func parts() throws {
    let text = "GET /a%20b?c HTTP/1.1\r\nHOST: \t a:1 \r\naccept-encoding:gzip\r\n\r\nGET"
    let glance = try #require(Self.glance(text))
    func part(_ range: Range<Int>) -> String {
      String(decoding: Array(text.utf8)[range], as: UTF8.self)
    }
    #expect(glance.isPlain && glance.hasNoBody)
    #expect(glance.length == text.utf8.count - 3)
    #expect(part(glance.target) == "/a%20b?c")
    #expect(part(glance.host) == "a:1")
    #expect(part(glance.acceptEncoding) == "gzip")
    #expect(glance.fieldCount == 2)
  }

  @Test("every beginning of a request is no request")
  func beginnings() {
    let text = "GET /a HTTP/1.1\r\nHost: a\r\nAccept: */*\r\n\r\n"
    for length in 0..<text.utf8.count {
      #expect(Self.glance(String(decoding: text.utf8.prefix(length), as: UTF8.self)) == nil)
    }
    #expect(Self.glance(text) != nil)
  }

  @Test(
    "what changes an answer is not plain",
    arguments: [
      "Range: bytes=0-1", "If-Range: \"a\"", "if-none-match: *", "IF-MODIFIED-SINCE: x",
      "Connection: close", "Connection: keep-alive, upgrade", "Proxy-Connection: close",
      "Expect: 100-continue", "Upgrade: websocket", "Content-Length: 0",
      "Transfer-Encoding: chunked", "Host: b", "Accept-Encoding: gzip\r\nAccept-Encoding: br",
    ])
  func conditions(field: String) {
    #expect(Self.isPlain(field + "\r\n") == false)
  }

  @Test(
    "what changes no file is plain",
    arguments: ["", "Connection: Keep-Alive\r\n", "Cookie: a=b\r\n", "Accept: */*\r\nX-Y: \r\n"])
  func plain(fields: String) {
    #expect(Self.isPlain(fields) == true)
  }

  @Test(
    "what may have a body is told from what has none",
    arguments: [
      ("POST / HTTP/1.1\r\nHost: a\r\n\r\n", true), ("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n", true),
      ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\n", false),
      ("GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n", false),
      ("CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n", false),
    ])
  func bodies(text: String, hasNoBody: Bool) throws {
    #expect(try #require(Self.glance(text)).hasNoBody == hasNoBody)
  }

  @Test(
    "what is not well formed beyond doubt is left to the parser",
    arguments: [
      "\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", "GET / HTTP/1.0\r\nHost: a\r\n\r\n",
      "GET / HTTP/1.1\nHost: a\n\n", "GET / HTTP/1.1\r\nHost : a\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: a\r\n folded\r\n\r\n", "GET / HTTP/1.1\r\nHost: a\rb\r\n\r\n",
      "GET / HTTP/1.1\r\n: a\r\n\r\n", "GET / HTTP/1.1\r\nHost: \u{7F}\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: ä\r\n\r\n", "GET / HTTP/1.1\r\nHost: a\r\n\rx\r\n",
    ])
  func malformed(text: String) {
    #expect(Self.glance(text) == nil)
  }

  @Test(
    "a target that is no path of this server is not plain",
    arguments: ["GET http://a/ HTTP/1.1", "GET * HTTP/1.1", "GET /a b HTTP/1.1", "GET  / HTTP/1.1"])
  func targets(line: String) throws {
    #expect(try #require(Self.glance("\(line)\r\nHost: a\r\n\r\n")).isPlain == false)
  }
}
