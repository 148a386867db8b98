import NIOCore
import RealtimeProtocol
import Testing

@Suite struct PollingPayloadTests {
  private func decode(_ body: String) throws -> [EnginePacket] {
    var decoder = PollingPayloadDecoder(ByteBuffer(string: body))
    var packets: [EnginePacket] = []
    while let packet = try decoder.next() { packets.append(packet) }
    return packets
  }

  @Test("packets are told apart by the record separator, text and binary")
  func packets() throws {
    let packets = try decode("4hello\u{1E}bAQIDBA==\u{1E}3\u{1E}4\u{1E}2probe")
    #expect(
      packets == [
        .message(.text(ByteBuffer(string: "hello"))),
        .message(.binary(ByteBuffer(bytes: [1, 2, 3, 4]))),
        .control(.pong, ByteBuffer()),
        .message(.text(ByteBuffer())),
        .control(.ping, ByteBuffer(string: "probe")),
      ])
  }

  @Test("an empty body holds no packet")
  func empty() throws {
    #expect(try decode("").isEmpty)
  }

  @Test(
    "a packet without a known type is an error",
    arguments: ["abc", "7", "\u{1E}", "4a\u{1E}\u{1E}4b", "b!", "bA", "é"])
  func invalid(body: String) {
    #expect(throws: ProtocolError.self) { try decode(body) }
  }

  @Test("frames become a payload that decodes to the same messages")
  func encoding() throws {
    var frames = EncodedMessage(text: 5) { $0.writeString("hello") }.frame
    frames.writeImmutableBuffer(EncodedMessage(binary: ByteBuffer(bytes: [1, 2, 3, 4])).frame)
    var body = ByteBuffer()
    PollingPayload.append(frames: frames, to: &body)
    PollingPayload.append(frames: EngineFrame.ping, to: &body)
    #expect(String(buffer: body) == "4hello\u{1E}bAQIDBA==\u{1E}2")
  }

  @Test("packets in frames are counted up to a limit", arguments: [(0, 0), (1, 1), (2, 2), (9, 2)])
  func counting(limit: Int, count: Int) {
    var frames = EncodedMessage(text: 5) { $0.writeString("hello") }.frame
    frames.writeImmutableBuffer(EngineFrame.ping)
    #expect(PollingPayload.count(upTo: limit, in: frames) == count)
  }

  @Test("messages of any length survive the way through frames and payloads")
  func roundTrip() throws {
    try Fuzz.run { generator in
      let messages = (0..<3).map { _ in
        EngineMessage.binary(ByteBuffer(bytes: generator.bytes(maxCount: 300)))
      }
      var body = ByteBuffer()
      for case .binary(let bytes) in messages {
        PollingPayload.append(frames: EncodedMessage(binary: bytes).frame, to: &body)
      }
      var decoder = PollingPayloadDecoder(body)
      for message in messages {
        let packet = try decoder.next()
        #expect(packet == .message(message))
      }
      let end = try decoder.next()
      #expect(end == nil)
    }
  }

  @Test("any bytes are survived")
  func noise() {
    let alphabet: [UInt8] = Array("0123456b=Aa".utf8) + [0x1E, 0x1E, 0xFF]
    Fuzz.run { generator in
      var decoder = PollingPayloadDecoder(
        ByteBuffer(bytes: generator.bytes(maxCount: 60, alphabet: alphabet)))
      while (try? decoder.next()) != nil {}
    }
  }
}
