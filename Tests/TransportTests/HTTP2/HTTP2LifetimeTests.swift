import NIOCore
import NIOHTTP2
import Testing
import Transport

@Suite(.serialized, .timeLimit(.minutes(1))) struct HTTP2LifetimeTests {
  @Test("300 event streams over one connection get all that is written, and leave one by one")
  func manyStreams() async throws {
    let responder = StreamingResponder { stream in
      stream.onWritten = nil
      stream.write(ByteBuffer(string: "hello "))
      stream.eventLoop.scheduleTask(in: .milliseconds(200)) {
        for part in 0..<3 { stream.write(ByteBuffer(string: "\(part) ")) }
      }
    }
    try await TestServer.runSecurely(threads: 1, responder: responder) { server in
      let client = try await HTTP2Client.connect(to: server.port)
      var streams: [HTTP2ClientStream] = []
      for _ in 0..<300 { streams.append(try await client.open("GET", "/")) }
      for stream in streams {
        let response = try await stream.response { $0.bytes.count >= 12 }
        #expect(response.body == "hello 0 1 2 ")
      }
      #expect(await server.server.connectionCount == 1)
      for stream in streams {
        try await stream.reset()
        #expect(await responder.nextEvent() == .closed)
      }
    }
  }

  @Test("a stream's end is the end of its response, an abort is a reset")
  func streamEnds() async throws {
    let responder = StreamingResponder { stream in
      stream.onWritten = nil
      stream.eventLoop.scheduleTask(in: .milliseconds(20)) {
        stream.write(ByteBuffer(string: "late"))
        stream.end()
      }
    }
    let aborting = StreamingResponder { stream in
      stream.eventLoop.scheduleTask(in: .milliseconds(20)) { stream.abort() }
    }
    try await TestServer.runSecurely(responder: responder) { server in
      let client = try await HTTP2Client.connect(to: server.port)
      let response = try await client.request("GET", "/")
      #expect(response.body == "late")
      #expect(response.reset == nil)
      #expect(response.headers.contains(name: "content-length") == false)
      let head = try await client.request("HEAD", "/")
      #expect(head.status == 200)
      #expect(await responder.nextEvent() == .closed)
    }
    try await TestServer.runSecurely(responder: aborting) { server in
      let client = try await HTTP2Client.connect(to: server.port)
      #expect(try await client.request("GET", "/").reset == .cancel)
    }
  }

  @Test("a client that resets a stream abandons its answer; one that closes abandons all")
  func abandoning() async throws {
    let responder = StreamingResponder(isLate: true) { _ in }
    try await TestServer.runSecurely(responder: responder) { server in
      let client = try await HTTP2Client.connect(to: server.port)
      let stream = try await client.open("GET", "/")
      try await stream.reset()
      #expect(await responder.nextEvent() == .abandoned)
      #expect(await responder.nextEvent() == .closed)
      _ = try await client.open("GET", "/")
      try await client.close()
      #expect(await responder.nextEvent() == .abandoned)
      #expect(await responder.nextEvent() == .closed)
    }
  }

  @Test("an idle connection is said goodbye to and closed, one with a silent stream is not")
  func idle() async throws {
    let configuration = ServerConfiguration.testing { $0.idleTimeout = .milliseconds(50) }
    let responder = StreamingResponder { stream in
      stream.onWritten = nil
      stream.eventLoop.scheduleTask(in: .milliseconds(300)) {
        stream.write(ByteBuffer(string: "late"))
        stream.end()
      }
    }
    try await TestServer.runSecurely(responder: responder, configuration: configuration) { server in
      let client = try await HTTP2Client.connect(to: server.port)
      #expect(try await client.request("GET", "/").body == "late")
      #expect(try await client.goAway().code == .noError)
      try await client.ended()
    }
  }

  @Test("stopping lets open streams finish, and says which were the last")
  func stopping() async throws {
    let configuration = ServerConfiguration.testing { $0.shutdownTimeout = .seconds(5) }
    try await TestServer.runSecurely(configuration: configuration) { server in
      let client = try await HTTP2Client.connect(to: server.port)
      let idle = try await HTTP2Client.connect(to: server.port)
      _ = try await idle.request("GET", "/hello")
      _ = try await client.request("GET", "/hello")
      let late = try await client.open("GET", "/late")
      async let stopped: Void = server.server.stop()
      #expect(try await client.goAway().last == .maxID)
      #expect(try await late.response().body == "late")
      #expect(try await client.goAway().last == 3)
      try await client.ended()
      try await idle.ended()
      await stopped
      #expect(await server.server.connectionCount == 0)
    }
  }

  @Test("opening and resetting streams on and on ends the connection")
  func rapidReset() async throws {
    let configuration = ServerConfiguration.testing { $0.maxConcurrentStreams = 10 }
    try await TestServer.runSecurely(configuration: configuration) { server in
      let client = try await HTTP2Client.connect(to: server.port)
      for _ in 0..<250 {
        guard let stream = try? await client.open("GET", "/late") else { break }
        try? await stream.reset()
      }
      #expect(try await client.goAway().code == .enhanceYourCalm)
      try await client.ended()
    }
  }

  @Test("no more streams than the limit are served at a time")
  func limit() async throws {
    let configuration = ServerConfiguration.testing { $0.maxConcurrentStreams = 2 }
    let responder = StreamingResponder { $0.onWritten = nil }
    try await TestServer.runSecurely(responder: responder, configuration: configuration) { server in
      let client = try await HTTP2Client.connect(to: server.port)
      let first = try await client.open("GET", "/")
      _ = try await first.response { $0.status == 200 }
      let second = try await client.open("GET", "/")
      _ = try await second.response { $0.status == 200 }
      async let third = client.open("GET", "/")
      try await first.reset()
      #expect(await responder.nextEvent() == .closed)
      _ = try await third.response { $0.status == 200 }
    }
  }

  @Test("an Engine.IO session polls over HTTP/2, until a poll is reset")
  func polling() async throws {
    try await TestServer.runSecurely { server in
      let client = try await HTTP2Client.connect(to: server.port)
      let opened = try await client.request("GET", "/engine.io/?EIO=4&transport=polling")
      let sid = String(opened.body.split(separator: "\"")[3])
      let target = "/engine.io/?EIO=4&transport=polling&sid=\(sid)"
      let poll = try await client.open("GET", target)
      #expect(try await client.request("POST", target, body: "4hello").body == "ok")
      #expect(try await poll.response().body == "4hello")
      let left = try await client.open("GET", target)
      try await left.reset()
      #expect(try await client.request("POST", target, body: "4again").status == 400)
    }
  }
}
