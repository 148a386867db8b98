import NIOHTTP1
import Testing

@testable import Transport

@Suite(.timeLimit(.minutes(1))) struct WebSocketOriginTests {
  @Test(
    "a page may open a WebSocket to its own host and port, whatever the scheme",
    arguments: [
      (nil, "a.example", true), ("http://a.example", "a.example", true),
      ("https://a.example", "a.example", true), ("https://A.example", "a.EXAMPLE", true),
      ("https://a.example", "a.example:443", true), ("http://a.example", "a.example:80", true),
      ("http://a.example:8080", "a.example:8080", true), ("http://[::1]:80", "[::1]", true),
      ("http://a.example", "a.example:8080", false), ("http://a.example:81", "a.example", false),
      ("http://b.example", "a.example", false), ("http://a.example.evil", "a.example", false),
      ("http://evil.a.example", "a.example", false), ("null", "a.example", false),
      ("", "a.example", false), ("a.example", "a.example", false),
    ] as [(String?, String, Bool)])
  func sameOrigin(origin: String?, host: String, expected: Bool) {
    var headers: HTTPHeaders = ["host": host]
    if let origin { headers.add(name: "origin", value: origin) }
    #expect(WebSocketOrigin.isAllowed(headers, by: nil) == expected)
  }

  @Test("other origins need a policy that allows them")
  func policy() {
    let foreign: HTTPHeaders = ["host": "a.example", "origin": "https://b.example"]
    let some = CrossOriginPolicy(origins: .only(["https://b.example"]))
    #expect(WebSocketOrigin.isAllowed(foreign, by: CrossOriginPolicy(origins: .any)))
    #expect(WebSocketOrigin.isAllowed(foreign, by: some))
    let other: HTTPHeaders = ["host": "a.example", "origin": "https://c.example"]
    #expect(!WebSocketOrigin.isAllowed(other, by: some))
    let own: HTTPHeaders = ["host": "a.example", "origin": "https://a.example"]
    #expect(WebSocketOrigin.isAllowed(own, by: some))
    let two = HTTPHeaders([
      ("host", "a.example"), ("origin", "http://a.example"), ("origin", "http://b.example"),
    ])
    #expect(!WebSocketOrigin.isAllowed(two, by: nil))
  }

  @Test("a page of another host is refused, over Engine.IO and without")
  func refused() async throws {
    try await TestServer.run(responder: SocketResponder()) { server in
      for target in ["/engine.io/?EIO=4&transport=websocket", "/socket"] {
        let client = try await server.connect()
        try await client.requestUpgrade(target, headers: ["origin": "http://evil.example"])
        #expect(try await client.response().status == 403)
        let own = try await server.connect()
        try await own.requestUpgrade(target, headers: ["origin": "https://test"])
        #expect(try await own.response().status == 101)
      }
    }
  }
}
