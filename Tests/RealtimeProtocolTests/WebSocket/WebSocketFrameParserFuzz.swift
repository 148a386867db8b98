import NIOCore
import RealtimeProtocol
import Testing

@Suite struct WebSocketFrameParserFuzz {
  @Test("however a stream is cut, the same comes out of it")
  func cuts() {
    Fuzz.run { generator in
      var bytes = Self.stream(&generator)
      if Bool.random(using: &generator), !bytes.isEmpty {
        let position = Int.random(in: 0..<bytes.count, using: &generator)
        bytes[position] = UInt8.random(in: 0...255, using: &generator)
      }
      let whole = ParsedFrames(bytes, maxMessageSize: 400)
      let cut = ParsedFrames(
        reads: generator.pieces(of: bytes, maxLength: 20), maxMessageSize: 400)
      #expect(cut == whole)
    }
  }

  @Test("messages come out as they went in")
  func roundTrip() {
    Fuzz.run { generator in
      let messages = (0..<4).map { _ in generator.bytes(maxCount: 200) }
      var bytes: [UInt8] = []
      for message in messages { bytes += Self.fragments(of: message, &generator) }
      let parsed = ParsedFrames(reads: generator.pieces(of: bytes, maxLength: 64))
      #expect(parsed.items.filter { $0.opcode == .binary }.map(\.payload) == messages)
      #expect(parsed.violation == nil)
    }
  }

  @Test("any bytes are survived")
  func noise() {
    Fuzz.run { generator in
      _ = ParsedFrames(generator.bytes(maxCount: 200), maxMessageSize: 64)
    }
  }

  /// Frames that are valid one by one, though not always together.
  private static func stream(_ generator: inout SeededGenerator) -> [UInt8] {
    let opcodes: [UInt8] = [0, 1, 1, 1, 2, 2, 9, 10]
    return (0..<Int.random(in: 1...5, using: &generator)).flatMap { _ in
      let isText = Bool.random(using: &generator)
      let payload =
        isText
        ? Array(String("aé€🪐".randomElement(using: &generator) ?? "a").utf8)
        : generator.bytes(maxCount: 130)
      return ClientFrame(
        opcode: opcodes.randomElement(using: &generator) ?? 1, payload: payload,
        isFinal: Bool.random(using: &generator), key: generator.key()
      ).bytes
    }
  }

  private static func fragments(
    of message: [UInt8], _ generator: inout SeededGenerator
  ) -> [UInt8] {
    var pieces = generator.pieces(of: message, maxLength: 90).map { Array(buffer: $0) }
    if pieces.isEmpty { pieces = [[]] }
    return pieces.enumerated().flatMap { index, piece in
      let ping = ClientFrame(opcode: 9, payload: [UInt8(index & 0xFF)]).bytes
      let frame = ClientFrame(
        opcode: index == 0 ? 2 : 0, payload: piece, isFinal: index == pieces.count - 1)
      return Bool.random(using: &generator) ? ping + frame.bytes : frame.bytes
    }
  }
}
