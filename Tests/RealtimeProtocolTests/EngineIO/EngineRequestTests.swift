import RealtimeProtocol
import Testing

@Suite struct EngineRequestTests {
  @Test(
    "method and query say what is wanted",
    arguments: [
      ("GET", "/e/?EIO=4&transport=polling", false, .open(.polling)),
      ("GET", "/e/?EIO=4&transport=websocket", true, .open(.websocket)),
      ("GET", "/e/?EIO=4&transport=polling&sid=abc&t=x", false, .poll(sid: "abc", stamp: "x")),
      ("GET", "/e/?EIO=4&transport=polling&sid=abc", false, .poll(sid: "abc")),
      ("POST", "/e/?t=x&EIO=4&transport=polling&sid=abc", false, .post(sid: "abc", stamp: "x")),
      ("GET", "/e/?EIO=4&transport=websocket&sid=abc", true, .upgrade(sid: "abc")),
    ] as [(String, String, Bool, EngineRequest)])
  func requests(method: String, uri: String, isWebSocket: Bool, expected: EngineRequest) throws {
    #expect(
      try EngineRequest(method: method, uri: uri, isWebSocket: isWebSocket) == expected)
  }

  @Test(
    "every mistake has its code",
    arguments: [
      ("GET", "/e/", false, .unknownTransport),
      ("GET", "/e/?EIO=4&transport=abc", false, .unknownTransport),
      ("GET", "/e/?EIO=4&transport=websocket", false, .badRequest),
      ("GET", "/e/?EIO=4&transport=polling", true, .badRequest),
      ("POST", "/e/?EIO=4&transport=polling", false, .badHandshakeMethod),
      ("PUT", "/e/?EIO=4&transport=polling", false, .badHandshakeMethod),
      ("PUT", "/e/?EIO=4&transport=polling&sid=abc", false, .badRequest),
      ("GET", "/e/?transport=polling", false, .unsupportedVersion),
      ("GET", "/e/?EIO=3&transport=polling", false, .unsupportedVersion),
      ("GET", "/e/?EIO=abc&transport=polling", false, .unsupportedVersion),
    ] as [(String, String, Bool, EngineError)])
  func mistakes(method: String, uri: String, isWebSocket: Bool, expected: EngineError) {
    #expect(throws: expected) {
      try EngineRequest(method: method, uri: uri, isWebSocket: isWebSocket)
    }
  }

  @Test("an error's body is JSON whatever its message holds")
  func bodies() {
    #expect(EngineError.unknownSession.body() == #"{"code":1,"message":"Session ID unknown"}"#)
    #expect(
      EngineError.forbidden.body(message: "\"no\"\n\\") == #"{"code":4,"message":"\"no\"\u000a\\"}"#
    )
    #expect(EngineError.forbidden.status == 403)
    #expect(EngineError.badRequest.status == 400)
  }
}
