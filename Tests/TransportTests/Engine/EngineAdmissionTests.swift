import NIOCore
import RealtimeProtocol
import Testing
import Transport

@Suite(.timeLimit(.minutes(1))) struct EngineAdmissionTests {
  private static let polling = "/engine.io/?EIO=4&transport=polling"

  @Test("clients wait for a decision, and are let in by it")
  func admitted() async throws {
    let endpoint = DecidingEndpoint()
    try await TestServer.run(endpoint: endpoint) { server in
      let poller = try await server.connect()
      let socket = try await server.connect()
      try await poller.request("GET", Self.polling)
      try await socket.requestWebSocket()
      await endpoint.applied(2)
      endpoint.decide(nil)
      #expect(try await poller.response().body.hasPrefix("0{\"sid\""))
      #expect(try await socket.response().status == 101)
      #expect(try await socket.text().hasPrefix("0{"))
      try await socket.sendFrame("4hello")
      #expect(try await socket.text() == "4hello")
      #expect(endpoint.opened.withLockedValue { $0 } == 2)
    }
  }

  @Test("a later refusal looks like one at once")
  func refused() async throws {
    let endpoint = DecidingEndpoint()
    try await TestServer.run(endpoint: endpoint) { server in
      let poller = try await server.connect()
      let socket = try await server.connect()
      try await poller.request("GET", Self.polling)
      try await socket.requestWebSocket()
      await endpoint.applied(2)
      endpoint.decide(Rejection(message: "too late"))
      let response = try await poller.response()
      #expect(response.status == 403)
      #expect(response.body == "{\"code\":4,\"message\":\"too late\"}")
      let refused = try await socket.response()
      #expect(refused.status == 400)
      #expect(refused.body == "too late")
      #expect(endpoint.opened.withLockedValue { $0 } == 0)
    }
  }

  @Test("clients that leave before the decision leave nothing behind")
  func left() async throws {
    let endpoint = DecidingEndpoint()
    try await TestServer.run(endpoint: endpoint) { server in
      let poller = try await server.connect()
      let socket = try await server.connect()
      try await poller.request("GET", Self.polling)
      try await socket.requestWebSocket()
      await endpoint.applied(2)
      try await poller.close()
      try await socket.close()
      try await server.synchronise()
      endpoint.decide(nil)
      try await server.synchronise()
      #expect(endpoint.opened.withLockedValue { $0 } == 0)
      let other = try await server.connect()
      try await other.request("GET", Self.polling)
      #expect(try await other.response().status == 200)
    }
  }

  @Test("protocol 3 is refused with code 5 on both transports")
  func oldProtocol() async throws {
    try await TestServer.run(threads: 1) { server in
      let poller = try await server.connect()
      try await poller.request("GET", "/engine.io/?EIO=3&transport=polling")
      #expect(
        try await poller.response().body
          == "{\"code\":5,\"message\":\"Unsupported protocol version\"}")
      let socket = try await server.connect()
      try await socket.requestUpgrade("/engine.io/?EIO=3&transport=websocket")
      let response = try await socket.response()
      #expect(response.status == 400)
      #expect(response.body == "Unsupported protocol version")
    }
  }

  @Test("the cookie is set by a WebSocket's handshake too")
  func cookie() async throws {
    let configuration = ServerConfiguration.testing { $0.cookie = SessionCookie(name: "lb") }
    try await TestServer.run(configuration: configuration) { server in
      let client = try await server.connect()
      try await client.requestWebSocket()
      let cookie = try await client.response().headers["set-cookie"] ?? ""
      let sid = try await client.text().split(separator: "\"")[3]
      #expect(cookie == "lb=\(sid); Path=/; HttpOnly; SameSite=Lax")
    }
  }
}
