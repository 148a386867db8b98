import NIOHTTP1
import Testing
import Transport

@Suite(.timeLimit(.minutes(1))) struct HandshakeTests {
  @Test("gives back the request's target and headers, whatever they hold")
  func whole() {
    let headers: HTTPHeaders = [
      "host": "a:1", "x-empty": "", "x-colons": ":a::b:", "x-mark": "\u{301}é", "host": "b",
    ]
    for uri in ["/socket.io/?EIO=4&q=%20", "/?\u{301}:\n", ""] {
      let handshake = Handshake(
        path: "/", uri: uri, headers: headers, remoteAddress: "::1", secure: true,
        transport: .websocket, time: 1)
      #expect(handshake.uri == uri)
      #expect(handshake.headers.map { "\($0.name)|\($0.value)" } == headers.map { "\($0)|\($1)" })
    }
  }

  @Test("decodes its query")
  func query() {
    let handshake = Handshake(
      path: "/x", uri: "/x?a=1&b=%2B", headers: [:], remoteAddress: "", secure: false,
      transport: .polling, time: 0)
    #expect(handshake.query.map { "\($0)=\($1)" } == ["a=1", "b=+"])
    #expect(handshake.headers.isEmpty)
  }
}
