import NIOCore
import RealtimeProtocol
import Testing
import Transport

@Suite(.timeLimit(.minutes(1))) struct EngineKeptTests {
  @Test("a poll takes what is kept behind what is queued, as much as it carries")
  func polls() async throws {
    try await TestServer.run(endpoint: KeepingEndpoint()) { server in
      let client = try await server.connect()
      let sid = try await client.openPolling()
      #expect(try await client.post(sid, "440").body == "ok")
      var all: [Substring] = []
      for count in [16, 16, 9] {
        let packets = try await client.poll(sid).body.split(separator: "\u{1E}")
        #expect(packets.count == count)
        all += packets
      }
      #expect(all == ["4ordinary"] + (0..<40).map { "4\($0)" })
    }
  }

  @Test("a poll that waits takes what is kept in the turn that answers it")
  func waiting() async throws {
    try await TestServer.run(endpoint: KeepingEndpoint()) { server in
      let poller = try await server.connect()
      let poster = try await server.connect()
      let sid = try await poller.openPolling()
      try await poller.sendPoll(sid)
      #expect(try await poster.post(sid, "45").status == 200)
      let first = try await poller.response().body
      #expect(first == "4ordinary\u{1E}40\u{1E}41\u{1E}42\u{1E}43\u{1E}44")
    }
  }

  @Test("a socket that has drained takes what is kept, in order")
  func sockets() async throws {
    let padding = " " + String(repeating: "x", count: 50_000)
    let endpoint = KeepingEndpoint(padding: padding)
    let configuration = ServerConfiguration.testing { $0.outboundLimit = 50_000_000 }
    try await TestServer.run(endpoint: endpoint, configuration: configuration) { server in
      let client = try await server.connectWebSocket()
      try await client.sendFrame("4400")
      #expect(try await client.text() == "4ordinary")
      for number in 0..<400 {
        #expect(try await client.text() == "4\(number)\(padding)")
      }
    }
  }

  @Test("what is kept counts as waiting")
  func bounded() async throws {
    let configuration = ServerConfiguration.testing { $0.outboundLimit = 1_000 }
    try await TestServer.run(endpoint: KeepingEndpoint(), configuration: configuration) { server in
      let client = try await server.connect()
      let sid = try await client.openPolling()
      #expect(try await client.post(sid, "4200").status == 200)
      #expect(try await client.poll(sid).body.hasSuffix("1"))
      #expect(try await client.poll(sid).status == 400)
    }
  }
}
