import NIOCore
import NIOPosix
import RealtimeProtocol
import Testing

@testable import Transport

/// permessage-deflate on the wire, for plain WebSockets and for Engine.IO.
@Suite(.timeLimit(.minutes(1))) struct PerMessageDeflateTests {
  private static let offer = ["sec-websocket-extensions": "permessage-deflate"]
  private static let configuration = ServerConfiguration.testing {
    $0.perMessageDeflateThreshold = 100
    $0.engine.maxPayload = 100_000
  }

  private func run(
    _ body: @escaping (TestServer, RawClient) async throws -> Void
  ) async throws {
    try await TestServer.run(responder: SocketResponder(), configuration: Self.configuration) {
      server in
      let client = try await server.connect()
      try await client.requestUpgrade("/socket", headers: Self.offer)
      #expect(
        try await client.response().headers["sec-websocket-extensions"]
          == "permessage-deflate; server_no_context_takeover; client_no_context_takeover")
      try await body(server, client)
    }
  }

  private func deflated(_ bytes: [UInt8]) throws -> [UInt8] {
    let data = try Deflater(.raw(windowBits: 15), level: 6).synchronise(ByteBuffer(bytes: bytes))
    return Array(buffer: data).dropLast(4)
  }

  private func inflated(_ frame: RawClient.Frame) throws -> [UInt8] {
    #expect(frame.isCompressed)
    let data = ByteBuffer(bytes: frame.payload)
    return Array(buffer: try Inflater().inflate(message: data, limit: 1_000_000))
  }

  @Test("messages from the threshold on go compressed, shorter ones do not")
  func threshold() async throws {
    try await run { _, client in
      for count in [0, 99, 100, 60_000] {
        let text = [UInt8](repeating: 0x61, count: count)
        try await client.sendFrame(opcode: 1, text)
        let frame = try await client.frame()
        #expect(frame.isCompressed == (count >= 100))
        #expect(try (frame.isCompressed ? inflated(frame) : frame.payload) == text)
      }
    }
  }

  @Test("messages of one turn keep their order, whichever are compressed")
  func order() async throws {
    try await run { _, client in
      let texts = ["a", String(repeating: "b", count: 500), "c", "d"].map { Array($0.utf8) }
      var bytes: [UInt8] = []
      for text in texts { bytes += RawClient.frame(opcode: 1, text) }
      try await client.send(bytes)
      for text in texts {
        let frame = try await client.frame()
        #expect(try (frame.isCompressed ? inflated(frame) : frame.payload) == text)
      }
    }
  }

  @Test("a client's compressed message is inflated, in fragments too")
  func inflates() async throws {
    try await run { _, client in
      let data = try deflated(Array("hello".utf8))
      try await client.sendFrame(opcode: 0x41, data)
      #expect(try await client.text() == "hello")
      try await client.sendFrame(opcode: 0x41, Array(data.prefix(2)), isFinal: false)
      try await client.sendFrame(opcode: 9, [])
      try await client.sendFrame(opcode: 0, Array(data.dropFirst(2)))
      #expect(try await client.frame().opcode == 10)
      #expect(try await client.text() == "hello")
    }
  }

  @Test("a bomb is refused with 1009, garbage with 1007, text that is none with 1007")
  func refused() async throws {
    let bomb = try deflated([UInt8](repeating: 0, count: 5_000_000))
    for (payload, code) in [(bomb, 1009), ([0xFF], 1007), (try deflated([0xFF]), 1007)] {
      try await run { _, client in
        try await client.sendFrame(opcode: 0x41, payload)
        #expect(try await client.frame().closeCode == code)
      }
    }
  }

  @Test("one read of many bombs, each within the limit of a message, is refused")
  func manyBombs() async throws {
    let data = try deflated([UInt8](repeating: 0, count: 100_000))
    let frame = RawClient.frame(opcode: 0x42, data)
    try await run { _, client in
      try await client.send(Array(repeatElement(frame, count: 200).joined()))
      var frames = 0
      while try await client.frame().opcode != 8 { frames += 1 }
      #expect(frames <= 200)
    }
  }

  @Test("Engine.IO's WebSockets compress too, an upgraded session as well")
  func engine() async throws {
    try await TestServer.run(configuration: Self.configuration) { server in
      let text = Array(("4" + String(repeating: "x", count: 200)).utf8)
      let direct = try await server.connect()
      try await direct.requestUpgrade(
        "/engine.io/?EIO=4&transport=websocket", headers: Self.offer)
      #expect(try await direct.response().headers["sec-websocket-extensions"] != nil)
      _ = try await direct.frame()
      try await direct.sendFrame(opcode: 0x41, try deflated(text))
      #expect(try inflated(try await direct.frame()) == text)

      let sid = try await server.connect().openPolling()
      let moved = try await server.connect()
      try await moved.requestUpgrade(
        "/engine.io/?EIO=4&transport=websocket&sid=\(sid)", headers: Self.offer)
      _ = try await moved.response()
      try await moved.sendFrame("2probe")
      #expect(try await moved.text() == "3probe")
      try await moved.sendFrame("5")
      try await moved.sendFrame(opcode: 1, text)
      #expect(try inflated(try await moved.frame()) == text)
    }
  }

  @Test("a shared frame is compressed once in a turn")
  func shared() async throws {
    let loop = ServerLoop(eventLoop: MultiThreadedEventLoopGroup.singleton.next(), engine: .init())
    let counts = try await loop.eventLoop.submit {
      var frame = ByteBuffer()
      WebSocketFrameHeader.write(.text, payloadLength: 1_000, into: &frame)
      frame.writeRepeatingByte(0x61, count: 1_000)
      var addresses: Set<Int> = []
      for _ in 0..<3 {
        loop.compressor.compress(frame, DeflateTerms(windowBits: 15, threshold: 100)) { sent in
          sent.withUnsafeReadableBytes { _ = addresses.insert(Int(bitPattern: $0.baseAddress)) }
        }
      }
      return addresses.count
    }.get()
    #expect(counts == 1)
  }

  @Test("nothing is agreed unless the server is told to, or when the offer is bad")
  func declined() async throws {
    try await TestServer.run(responder: SocketResponder()) { server in
      let client = try await server.connect()
      try await client.requestUpgrade("/socket", headers: Self.offer)
      #expect(try await client.response().headers["sec-websocket-extensions"] == nil)
      try await client.sendFrame(opcode: 0x41, [0])
      #expect(try await client.frame().closeCode == 1002)
    }
  }
}
