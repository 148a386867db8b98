import NIOCore
import RealtimeProtocol
import Testing

@Suite struct WebSocketFrameParserTests {
  @Test(
    "a message of any length form is unmasked whole",
    arguments: [0, 1, 7, 8, 9, 125, 126, 127, 65_535, 65_536, 70_001])
  func lengths(count: Int) {
    let payload = (0..<count).map { UInt8(truncatingIfNeeded: $0 * 7) }
    let parsed = ParsedFrames(ClientFrame(opcode: 2, payload: payload).bytes)
    #expect(parsed.items == [.init(opcode: .binary, payload: payload)])
    #expect(parsed.violation == nil)
  }

  @Test("short texts of one read come as they were sent, whatever their lengths and characters")
  func shortTexts() {
    let ascii = (0...131).map { String(repeating: "abcdefghi\u{7F}", count: 14).prefix($0) }
    let texts = (ascii + ["é", "€uro", "1234567ß", "🪐"] + ascii.reversed()).map { String($0) }
    let bytes = texts.enumerated().flatMap { index, text in
      var frame = ClientFrame.text(text)
      frame.key = (0..<4).map { UInt8(truncatingIfNeeded: index * 37 + $0 * 11) }
      return frame.bytes
    }
    let parsed = ParsedFrames(bytes)
    #expect(parsed.texts == texts && parsed.violation == nil)
    #expect(ParsedFrames(ClientFrame.text("12345678").bytes, maxMessageSize: 7).violation != nil)
  }

  @Test("several frames of one read come in order")
  func several() {
    let bytes = ["4a", "", "4b"].flatMap { ClientFrame.text($0).bytes }
    #expect(ParsedFrames(bytes).texts == ["4a", "", "4b"])
  }

  @Test("a byte at a time gives the same as all at once")
  func dripFeed() {
    var frames = [
      ClientFrame.text("grüße 🪐", isFinal: false),
      ClientFrame(opcode: 9, payload: [1, 2, 3]),
      ClientFrame(opcode: 0, payload: Array("und mehr".utf8)),
      ClientFrame(opcode: 2, payload: (0..<300).map { UInt8(truncatingIfNeeded: $0) }),
    ]
    frames.append(ClientFrame(opcode: 8, payload: [0x03, 0xE8] + Array("bye".utf8)))
    let bytes = frames.flatMap(\.bytes)
    let whole = ParsedFrames(bytes)
    let dripped = ParsedFrames(reads: bytes.map { ByteBuffer(bytes: [$0]) })
    #expect(dripped == whole)
    #expect(whole.items.map(\.opcode) == [.ping, .text, .binary, .close])
    #expect(whole.texts[1] == "grüße 🪐und mehr")
  }

  @Test("a character may be cut by a fragment's end")
  func splitCharacter() {
    let bytes = Array("€".utf8)
    let first = ClientFrame(opcode: 1, payload: Array(bytes[..<1]), isFinal: false)
    let rest = ClientFrame(opcode: 0, payload: Array(bytes[1...]))
    #expect(ParsedFrames(first.bytes + rest.bytes).texts == ["€"])
  }

  @Test(
    "what RFC 6455 forbids is a violation",
    arguments: [
      ("a reserved bit", [0xC1, 0x80, 0, 0, 0, 0]),
      ("an unknown opcode", [0x83, 0x80, 0, 0, 0, 0]),
      ("a frame without a mask", [0x81, 0x01, 0x41]),
      ("a fragmented ping", [0x09, 0x80, 0, 0, 0, 0]),
      ("a long ping", [0x89, 0xFE, 0, 126, 0, 0, 0, 0]),
      ("a continuation of nothing", [0x80, 0x80, 0, 0, 0, 0]),
      ("a message inside another", [0x01, 0x80, 0, 0, 0, 0, 0x81, 0x80, 0, 0, 0, 0]),
      ("a close code of one byte", [0x88, 0x81, 0, 0, 0, 0, 3]),
      ("a close code that never travels", [0x88, 0x82, 0, 0, 0, 0, 0x03, 0xED]),
      ("125 bytes in 16 bits", [0x82, 0xFE, 0, 125, 0, 0, 0, 0]),
      ("65,535 bytes in 64 bits", [0x82, 0xFF, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF, 0, 0, 0, 0]),
      ("a length of 64 bits", [0x82, 0xFF, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]),
    ] as [(String, [UInt8])])
  func violations(name: String, bytes: [UInt8]) {
    #expect(ParsedFrames(bytes).violation == .invalidFrame)
    #expect(
      ParsedFrames(reads: bytes.map { ByteBuffer(bytes: [$0]) }).violation == .invalidFrame)
  }

  @Test("what came before a violation is delivered")
  func beforeViolation() {
    let parsed = ParsedFrames(ClientFrame.text("4a").bytes + [0x83, 0x80, 0, 0, 0, 0])
    #expect(parsed.texts == ["4a"])
    #expect(parsed.violation == .invalidFrame)
  }

  @Test("nothing is seen behind a close frame, not even what breaks the rules")
  func afterClose() {
    let bytes =
      ClientFrame(opcode: 8, payload: []).bytes + ClientFrame.text("late").bytes + [0xFF, 0xFF]
    for reads in [[ByteBuffer(bytes: bytes)], bytes.map { ByteBuffer(bytes: [$0]) }] {
      let parsed = ParsedFrames(reads: reads)
      #expect(parsed.items.map(\.opcode) == [.close])
      #expect(parsed.violation == nil)
    }
  }

  @Test("text that is not UTF-8 fails at its first impossible byte, before the frame ends")
  func invalidText() {
    let frame = ClientFrame(opcode: 1, payload: [0x41, 0xFF] + Array(repeating: 0x41, count: 100))
    #expect(ParsedFrames(Array(frame.bytes.prefix(8))).violation == .invalidUTF8)
    let cut = ClientFrame(opcode: 1, payload: [0xE2, 0x82])
    #expect(ParsedFrames(cut.bytes).violation == .invalidUTF8)
    #expect(ParsedFrames(cut.bytes).items.isEmpty)
    let binary = ClientFrame(opcode: 2, payload: [0xFF, 0xFE])
    #expect(ParsedFrames(binary.bytes).violation == nil)
  }

  @Test("a message that is too long is refused by its header, fragments together")
  func tooLong() {
    let header = Array(ClientFrame(opcode: 2, payload: Array(repeating: 0, count: 101)).bytes[..<6])
    #expect(ParsedFrames(header, maxMessageSize: 100).violation == .messageTooLarge)
    let half = ClientFrame(opcode: 2, payload: Array(repeating: 0, count: 60), isFinal: false)
    let rest = ClientFrame(opcode: 0, payload: Array(repeating: 0, count: 60))
    #expect(
      ParsedFrames(half.bytes + rest.bytes, maxMessageSize: 100).violation == .messageTooLarge)
    let huge: [UInt8] = [0x82, 0xFF, 0x7F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0, 0, 0, 0]
    #expect(ParsedFrames(huge, maxMessageSize: 100).violation == .messageTooLarge)
  }

  @Test(
    "the texts that a read begins with end at a message of another kind, first byte or buffer",
    arguments: [
      (["4a", "4", "4bc"], ["a", "", "bc"]),
      (["2", "4a"], []),
      (["4a", "", "4b"], ["a"]),
      (["4a", "3", "4b"], ["a"]),
    ])
  func leadingTexts(messages: [String], expected: [String]) {
    #expect(Self.leadingTexts(messages.map { ClientFrame.text($0) }) == expected)
    let binary = ClientFrame(opcode: 2, payload: [0x34])
    #expect(Self.leadingTexts(messages.map { ClientFrame.text($0) } + [binary]) == expected)
    #expect(Self.leadingTexts([binary] + messages.map { ClientFrame.text($0) }).isEmpty)
  }

  @Test("a text that came in several reads has a buffer of its own and is none of those")
  func cutText() {
    let bytes = ClientFrame.text("4whole").bytes + ClientFrame.text("4next").bytes
    var parser = WebSocketFrameParser(maxMessageSize: 100)
    var batch = WebSocketBatch()
    _ = parser.parse(ByteBuffer(bytes: bytes[..<9]), into: &batch)
    _ = parser.parse(ByteBuffer(bytes: bytes[9...]), into: &batch)
    #expect(batch.count == 2)
    #expect(batch.leadingTexts(after: 0x34).isEmpty)
  }

  private static func leadingTexts(_ frames: [ClientFrame]) -> [String] {
    var parser = WebSocketFrameParser(maxMessageSize: 100)
    var batch = WebSocketBatch()
    _ = parser.parse(ByteBuffer(bytes: frames.flatMap(\.bytes)), into: &batch)
    let run = batch.leadingTexts(after: 0x34)
    return run.bytes.withUnsafeReadableBytes { bytes in
      (0..<run.count).map { index in
        let text = String(decoding: bytes[run.range(at: index)], as: UTF8.self)
        #expect(String(buffer: run[index]) == text)
        return text
      }
    }
  }

  @Test("payloads that are kept do not change when the batch is used again")
  func keptPayloads() {
    var parser = WebSocketFrameParser(maxMessageSize: 100)
    var batch = WebSocketBatch()
    var kept: [ByteBuffer] = []
    for text in ["first", "other", "third"] {
      _ = parser.parse(ByteBuffer(bytes: ClientFrame.text(text).bytes), into: &batch)
      kept.append(batch[0].payload)
      batch.removeAll()
    }
    #expect(kept.map { String(buffer: $0) } == ["first", "other", "third"])
  }
}
