import NIOCore
import RealtimeProtocol
import Testing

@testable import Transport

@Suite(.timeLimit(.minutes(1))) struct InflaterTests {
  private func message(of bytes: ByteBuffer, windowBits: Int = 15) throws -> ByteBuffer {
    let deflated = try Deflater(.raw(windowBits: windowBits), level: 6).synchronise(bytes)
    return deflated.getSlice(at: 0, length: deflated.readableBytes - 4) ?? ByteBuffer()
  }

  @Test(
    "what a deflater compressed comes out as it went in",
    arguments: [0, 1, 2, 100, 511, 512, 513, 65_535, 65_536, 300_000], [9, 12, 15])
  func roundTrip(count: Int, windowBits: Int) throws {
    var bytes = ByteBuffer()
    for index in 0..<count { bytes.writeInteger(UInt8(truncatingIfNeeded: index &* index >> 7)) }
    let inflater = try Inflater()
    let deflated = try message(of: bytes, windowBits: windowBits)
    for _ in 0..<2 {
      #expect(try inflater.inflate(message: deflated, limit: count) == bytes)
    }
  }

  @Test("one byte beyond the limit is refused, however short the data")
  func limit() throws {
    let inflater = try Inflater()
    let bomb = try message(of: ByteBuffer(repeating: 0, count: 10_000_000))
    #expect(bomb.readableBytes < 20_000)
    for limit in [0, 1, 1_000, 9_999_999] {
      let error = #expect(throws: ProtocolError.self) {
        try inflater.inflate(message: bomb, limit: limit)
      }
      #expect(error?.code == .messageTooLarge)
    }
    #expect(try inflater.inflate(message: bomb, limit: 10_000_000).readableBytes == 10_000_000)
  }

  /// The examples of RFC 7692 section 7.2.3.
  @Test(
    "the examples of the RFC inflate to what it says",
    arguments: [
      ([0xF2, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00], "Hello"),
      ([0x00, 0x05, 0x00, 0xFA, 0xFF, 0x48, 0x65, 0x6C, 0x6C, 0x6F, 0x00], "Hello"),
      ([0xF3, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00, 0x00], "Hello"),
      ([0xF2, 0x48, 0x05, 0x00, 0x00, 0x00, 0xFF, 0xFF, 0xCA, 0xC9, 0xC9, 0x07, 0x00], "Hello"),
      ([0x00], ""), ([], ""),
    ] as [([UInt8], String)])
  func examples(bytes: [UInt8], text: String) throws {
    let inflated = try Inflater().inflate(message: ByteBuffer(bytes: bytes), limit: 100)
    #expect(String(buffer: inflated) == text)
  }

  @Test(
    "data that is not DEFLATE, or stops in the middle, is refused",
    arguments: [
      [0xFF], [0x07], [0xF2, 0x48, 0xCD], [0x00, 0x05, 0x00, 0xFA, 0xFF],
      [0x00, 0x05, 0x00, 0x05, 0x00],
    ] as [[UInt8]])
  func malformed(bytes: [UInt8]) throws {
    let inflater = try Inflater()
    #expect(throws: ProtocolError.self) {
      try inflater.inflate(message: ByteBuffer(bytes: bytes), limit: 1_000)
    }
    #expect(try inflater.inflate(message: ByteBuffer(bytes: [0x00]), limit: 0).readableBytes == 0)
  }

  @Test("any bytes are survived within the limit")
  func noise() throws {
    let inflater = try Inflater()
    var generator = SystemRandomNumberGenerator()
    for _ in 0..<2_000 {
      let count = Int.random(in: 0...60, using: &generator)
      let bytes = (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) }
      let inflated = try? inflater.inflate(message: ByteBuffer(bytes: bytes), limit: 500)
      #expect((inflated?.readableBytes ?? 0) <= 500)
    }
  }
}
