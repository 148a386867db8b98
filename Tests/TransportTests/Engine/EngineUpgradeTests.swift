import NIOCore
import RealtimeProtocol
import Testing
import Transport

@Suite(.timeLimit(.minutes(1))) struct EngineUpgradeTests {
  @Test("a session moves to a WebSocket, what is queued included")
  func upgrade() async throws {
    try await TestServer.run { server in
      let poller = try await server.connect()
      let sid = try await poller.openPolling()
      let socket = try await server.connectWebSocket(sid: sid)
      try await socket.sendFrame("2probe")
      #expect(try await socket.text() == "3probe")
      #expect(try await poller.poll(sid).body == "6")
      #expect(try await poller.post(sid, "4queued").body == "ok")
      try await socket.sendFrame("5")
      #expect(try await socket.text() == "4queued")
      try await socket.sendFrame("4hello")
      #expect(try await socket.text() == "4hello")
      #expect(try await poller.poll(sid).status == 400)
      #expect(try await poller.post(sid, "4x").status == 400)
    }
  }

  @Test("a poll that waited before is released by the probe")
  func waitingPoll() async throws {
    try await TestServer.run { server in
      let poller = try await server.connect()
      let sid = try await poller.openPolling()
      try await poller.sendPoll(sid)
      try await server.synchronise()
      let socket = try await server.connectWebSocket(sid: sid)
      try await socket.sendFrame("2probe")
      #expect(try await socket.text() == "3probe")
      #expect(try await poller.response().body == "6")
    }
  }

  @Test("a poll behind `5` is refused, though it came over another connection")
  func racingPoll() async throws {
    try await TestServer.run { server in
      for _ in 0..<20 {
        let poller = try await server.connect()
        let sid = try await poller.openPolling()
        let socket = try await server.connectWebSocket(sid: sid)
        // In one piece, so that `5` has been taken when the probe is answered.
        try await socket.send(
          ["2probe", "5"].flatMap { RawClient.frame(opcode: 1, Array($0.utf8)) })
        #expect(try await socket.text() == "3probe")
        #expect(try await poller.poll(sid).status == 400)
        try await socket.sendFrame("4hello")
        #expect(try await socket.text() == "4hello")
      }
    }
  }

  @Test("a second WebSocket with the same id is closed and the first goes on")
  func secondSocket() async throws {
    try await TestServer.run { server in
      let poller = try await server.connect()
      let sid = try await poller.openPolling()
      let first = try await server.connectWebSocket(sid: sid)
      let early = try await server.connectWebSocket(sid: sid)
      #expect(try await early.frame().opcode == 8)
      try await first.sendFrame("2probe")
      try await first.sendFrame("5")
      let late = try await server.connectWebSocket(sid: sid)
      #expect(try await late.frame().opcode == 8)
      #expect(try await first.text() == "3probe")
      try await first.sendFrame("4hello")
      #expect(try await first.text() == "4hello")
    }
  }

  @Test("a WebSocket that does not take its chance loses it, and polling goes on")
  func timeout() async throws {
    try await TestServer.run(
      configuration: .testing { $0.engine.upgradeTimeout = .milliseconds(40) }
    ) {
      server in
      let poller = try await server.connect()
      let sid = try await poller.openPolling()
      let socket = try await server.connectWebSocket(sid: sid)
      #expect(try await socket.frame().opcode == 8)
      #expect(try await poller.post(sid, "4still here").body == "ok")
      #expect(try await poller.poll(sid).body == "4still here")
    }
  }

  @Test("a WebSocket that says something else is dropped, and another may try")
  func wrongProbe() async throws {
    try await TestServer.run { server in
      let poller = try await server.connect()
      let sid = try await poller.openPolling()
      let socket = try await server.connectWebSocket(sid: sid)
      try await socket.sendFrame("4too early")
      #expect(try await socket.frame().opcode == 8)
      let other = try await server.connectWebSocket(sid: sid)
      try await other.sendFrame("2probe")
      #expect(try await other.text() == "3probe")
    }
  }
}
