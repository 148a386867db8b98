import NIOCore
import RealtimeProtocol
import Testing

/// Frames of permessage-deflate; a mark before the text stands for compression.
@Suite struct CompressedFrameTests {
  private static let mark = UInt8(ascii: "~")

  private static func inflate(_ payload: ByteBuffer) throws(ProtocolError) -> ByteBuffer {
    var payload = payload
    guard payload.readInteger() == mark else { throw ProtocolError(.invalidCompression, "no mark") }
    return payload
  }

  private func parse(_ frames: [ClientFrame], isDripped: Bool) -> ParsedFrames {
    let bytes = frames.flatMap(\.bytes)
    let reads = isDripped ? bytes.map { ByteBuffer(bytes: [$0]) } : [ByteBuffer(bytes: bytes)]
    return ParsedFrames(reads: reads, inflate: Self.inflate)
  }

  private func compressed(
    _ bytes: [UInt8], opcode: UInt8 = 1, isFinal: Bool = true
  ) -> ClientFrame {
    ClientFrame(
      opcode: opcode, payload: [Self.mark] + bytes, isFinal: isFinal, reservedBits: 0x40)
  }

  @Test("compressed and plain messages come mixed, fragmented or not", arguments: [false, true])
  func mixed(isDripped: Bool) {
    let parsed = parse(
      [
        compressed(Array("one".utf8)), .text("two"),
        compressed(Array("th".utf8), isFinal: false), ClientFrame(opcode: 9, payload: [1]),
        ClientFrame(opcode: 0, payload: Array("ree".utf8)),
        compressed([0xFF], opcode: 2), .text("~four"),
      ], isDripped: isDripped)
    #expect(parsed.violation == nil)
    #expect(parsed.items.map(\.opcode) == [.text, .text, .ping, .text, .binary, .text])
    #expect(parsed.texts[0] == "one" && parsed.texts[1] == "two" && parsed.texts[3] == "three")
    #expect(parsed.items[4].payload == [0xFF])
    #expect(parsed.texts[5] == "~four")
  }

  @Test("compressed bytes need not be UTF-8, inflated text must be", arguments: [false, true])
  func text(isDripped: Bool) {
    let parsed = parse(
      [.text("before"), compressed([0xFF]), .text("after")], isDripped: isDripped)
    #expect(parsed.texts == ["before"])
    #expect(parsed.violation == .invalidUTF8)
    let split = parse([compressed([0xE2, 0x82])], isDripped: isDripped)
    #expect(split.violation == .invalidUTF8)
  }

  @Test("what does not inflate is a violation, and nothing behind it is seen")
  func broken() {
    let broken = ClientFrame(opcode: 1, payload: [1, 2], reservedBits: 0x40)
    let parsed = parse(
      [ClientFrame(opcode: 9, payload: []), broken, .text("after")], isDripped: false)
    #expect(parsed.items.map(\.opcode) == [.ping])
    #expect(parsed.violation == .invalidCompression)
  }

  @Test(
    "only the first frame of a message may be marked, and only by the first reserved bit",
    arguments: [
      [ClientFrame(opcode: 1, payload: [], reservedBits: 0x20)],
      [ClientFrame(opcode: 1, payload: [], reservedBits: 0x10)],
      [ClientFrame(opcode: 1, payload: [], reservedBits: 0x60)],
      [ClientFrame(opcode: 8, payload: [], reservedBits: 0x40)],
      [ClientFrame(opcode: 9, payload: [], reservedBits: 0x40)],
      [ClientFrame(opcode: 10, payload: [], reservedBits: 0x40)],
      [
        ClientFrame(opcode: 1, payload: [], isFinal: false),
        ClientFrame(opcode: 0, payload: [], reservedBits: 0x40),
      ],
    ] as [[ClientFrame]])
  func reservedBits(frames: [ClientFrame]) {
    #expect(parse(frames, isDripped: false).violation == .invalidFrame)
    #expect(parse(frames, isDripped: true).violation == .invalidFrame)
  }

  @Test("without an agreement the mark is a violation")
  func notAgreed() {
    #expect(ParsedFrames(compressed([]).bytes).violation == .invalidFrame)
  }
}
