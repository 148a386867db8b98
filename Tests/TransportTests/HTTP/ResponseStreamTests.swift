import NIOCore
import NIOHTTP1
import Testing
import Transport

@Suite(.timeLimit(.minutes(1))) struct ResponseStreamTests {
  private static let head =
    "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n"

  @Test(
    "what is written in one turn of the loop leaves as one chunk, what came before the head too")
  func chunks() async throws {
    let responder = StreamingResponder { stream in
      stream.write(ByteBuffer(string: "one "))
      stream.write(ByteBuffer(string: "two"))
      stream.eventLoop.scheduleTask(in: .milliseconds(20)) {
        stream.write(ByteBuffer(string: "three "))
        stream.write(ByteBuffer(string: "four"))
        stream.end()
        stream.write(ByteBuffer(string: "never"))
      }
    }
    try await TestServer.run(responder: responder) { server in
      let client = try await server.connect()
      try await client.request("GET", "/", headers: ["connection": "close"])
      #expect(
        try await client.rest()
          == Self.head
          + "connection: close\r\n\r\n7\r\none two\r\na\r\nthree four\r\n0\r\n\r\n")
    }
  }

  @Test("a stream's connection serves the next request")
  func keepAlive() async throws {
    let responder = StreamingResponder { stream in
      stream.write(ByteBuffer(string: "x"))
      stream.end()
    }
    try await TestServer.run(responder: responder) { server in
      let client = try await server.connect()
      try await client.request("GET", "/")
      try await client.request("GET", "/", headers: ["connection": "close"])
      let body = "1\r\nx\r\n0\r\n\r\n"
      #expect(
        try await client.rest()
          == Self.head + "\r\n\(body)" + Self.head + "connection: close\r\n\r\n\(body)")
    }
  }

  @Test(
    "what a client asks while it listens is answered behind the stream, wherever its bytes are cut",
    arguments: [0, 1, 16, 20, 46])
  func asking(cut: Int) async throws {
    let (streams, continuation) = AsyncStream.makeStream(of: ResponseStream.self)
    let responder = StreamingResponder { continuation.yield($0) }
    try await TestServer.run(responder: responder) { server in
      let client = try await server.connect()
      var opened = streams.makeAsyncIterator()
      let request = "GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n"
      try await client.send("GET / HTTP/1.1\r\nhost: x\r\n\r\n" + request.prefix(cut))
      let first = try #require(await opened.next())
      try await first.say("one")
      _ = try await client.response(hasBody: false)
      try await client.send(String(request.dropFirst(cut)))
      try await first.say("two", isLast: true)
      let second = try #require(await opened.next())
      try await second.say("three", isLast: true)
      #expect(
        try await client.rest()
          == "3\r\none\r\n3\r\ntwo\r\n0\r\n\r\n" + Self.head
          + "connection: close\r\n\r\n5\r\nthree\r\n0\r\n\r\n")
    }
  }

  @Test("the connection of a client that sends what is no request while it listens ends")
  func babbling() async throws {
    let (streams, continuation) = AsyncStream.makeStream(of: ResponseStream.self)
    let responder = StreamingResponder { continuation.yield($0) }
    try await TestServer.run(responder: responder) { server in
      let client = try await server.connect()
      var opened = streams.makeAsyncIterator()
      try await client.request("GET", "/")
      let stream = try #require(await opened.next())
      try await stream.say("one")
      _ = try await client.response(hasBody: false)
      try await client.send("hello\r\n\r\n")
      #expect(try await client.rest() == "3\r\none\r\n")
      #expect(await responder.nextEvent() == .written(3))
      #expect(await responder.nextEvent() == .closed)
    }
  }

  @Test("to HTTP/1.0 the end of the connection is the end of the body")
  func oldVersion() async throws {
    let responder = StreamingResponder { stream in
      stream.write(ByteBuffer(string: "one"))
      stream.eventLoop.execute {
        stream.write(ByteBuffer(string: "two"))
        stream.end()
      }
    }
    try await TestServer.run(responder: responder) { server in
      let client = try await server.connect()
      try await client.send("GET / HTTP/1.0\r\nconnection: keep-alive\r\n\r\n")
      #expect(
        try await client.rest()
          == "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\nonetwo"
      )
    }
  }

  @Test("HEAD gets no body, and the stream is closed at once")
  func head() async throws {
    let responder = StreamingResponder { $0.write(ByteBuffer(string: "x")) }
    try await TestServer.run(responder: responder) { server in
      let client = try await server.connect()
      try await client.request("HEAD", "/", headers: ["connection": "close"])
      #expect(try await client.rest() == Self.head + "connection: close\r\n\r\n")
      #expect(await responder.nextEvent() == .closed)
    }
  }

  @Test("the maker is told when its client leaves, half or altogether", arguments: [true, false])
  func leaving(isHalf: Bool) async throws {
    let responder = StreamingResponder { _ in }
    try await TestServer.run(responder: responder) { server in
      let client = try await server.connect()
      try await client.request("GET", "/")
      _ = try await client.response(hasBody: false)
      if isHalf {
        try await client.closeOutput()
        #expect(try await client.rest() == "")
      } else {
        try await client.close()
      }
      #expect(await responder.nextEvent() == .closed)
    }
  }

  @Test("a stream may be silent for longer than a connection")
  func silence() async throws {
    let responder = StreamingResponder { stream in
      stream.eventLoop.scheduleTask(in: .milliseconds(300)) {
        stream.write(ByteBuffer(string: "late"))
        stream.end()
      }
    }
    let configuration = ServerConfiguration.testing { $0.idleTimeout = .milliseconds(50) }
    try await TestServer.run(responder: responder, configuration: configuration) { server in
      let client = try await server.connect()
      try await client.request("GET", "/")
      #expect(try await client.rest().hasSuffix("4\r\nlate\r\n0\r\n\r\n"))
    }
  }

  @Test("what waits is counted until it leaves, and told as it leaves")
  func counting() async throws {
    let total = 20_000_000
    let (counts, continuation) = AsyncStream.makeStream(of: Int.self)
    let responder = StreamingResponder { stream in
      stream.write(ByteBuffer(repeating: 0x61, count: total))
      continuation.yield(stream.bufferedBytes)
      stream.eventLoop.execute {
        stream.eventLoop.execute { continuation.yield(stream.bufferedBytes) }
      }
    }
    try await TestServer.run(responder: responder) { server in
      let client = try await server.connect()
      try await client.pauseReading()
      try await client.request("GET", "/")
      var iterator = counts.makeAsyncIterator()
      #expect(await iterator.next() == total)
      #expect(try #require(await iterator.next()) > 0)
      try await client.resumeReading()
      #expect(await responder.written(total))
    }
  }

  @Test("a client that takes nothing for the idle timeout is left")
  func stalled() async throws {
    let responder = StreamingResponder { stream in
      stream.onWritten = nil
      stream.write(ByteBuffer(repeating: 0x61, count: 20_000_000))
    }
    let configuration = ServerConfiguration.testing { $0.idleTimeout = .milliseconds(50) }
    try await TestServer.run(responder: responder, configuration: configuration) { server in
      let client = try await server.connect()
      try await client.pauseReading()
      try await client.request("GET", "/")
      #expect(await responder.nextEvent() == .closed)
    }
  }

  @Test("an aborted stream ends in a way that the client can tell")
  func aborting() async throws {
    let responder = StreamingResponder { stream in
      stream.write(ByteBuffer(string: "half"))
      stream.eventLoop.scheduleTask(in: .milliseconds(20)) { stream.abort() }
    }
    try await TestServer.run(responder: responder) { server in
      let client = try await server.connect()
      try await client.request("GET", "/")
      #expect(try await client.rest().hasSuffix("\r\n\r\n4\r\nhalf\r\n"))
      #expect(await responder.nextEvent() == .written(4))
    }
  }

  @Test("a client that leaves before its answer abandons it, and the stream that comes is closed")
  func abandoning() async throws {
    let responder = StreamingResponder(isLate: true) { _ in }
    try await TestServer.run(responder: responder) { server in
      let client = try await server.connect()
      try await client.request("GET", "/")
      try await client.close()
      #expect(await responder.nextEvent() == .abandoned)
      #expect(await responder.nextEvent() == .closed)
    }
  }

  @Test("300 streams on one loop get all that is written to them, in order")
  func many() async throws {
    let responder = StreamingResponder { stream in
      stream.onWritten = nil
      for turn in 1...10 {
        stream.eventLoop.scheduleTask(in: .milliseconds(Int64(5 * turn))) {
          for part in 0..<3 { stream.write(ByteBuffer(string: "\(turn).\(part) ")) }
          if turn == 10 { stream.end() }
        }
      }
    }
    try await TestServer.run(threads: 1, responder: responder) { server in
      let expected = (1...10).map { "\($0).0 \($0).1 \($0).2 " }
      var clients: [RawClient] = []
      for _ in 0..<300 {
        let client = try await server.connect()
        try await client.request("GET", "/", headers: ["connection": "close"])
        clients.append(client)
      }
      for client in clients {
        let lines = try await client.rest().split(separator: "\r\n").filter { !$0.contains("/") }
        #expect(
          lines.filter { $0.contains(".") && !$0.contains("/") }.joined() == expected.joined())
      }
    }
  }
}

extension ResponseStream {
  /// Writes to the stream from elsewhere.
  fileprivate func say(_ text: String, isLast: Bool = false) async throws {
    try await eventLoop.submit {
      self.write(ByteBuffer(string: text))
      if isLast { self.end() }
    }.get()
  }
}
