import NIOCore
import Testing

@testable import PubSub

@Suite struct EnginePublicationTests {
  @Test("what is encoded is read again")
  func roundTrip() throws {
    let origin = EngineOrigin(node: .max, serial: 1 << 40)
    let bytes = EnginePublication.encode(ByteBuffer(string: "hello"), from: origin)
    let position = Position(epoch: "e", offset: 3)
    let read = try #require(EnginePublication(bytes, on: "a", at: position))
    #expect(read.origin == origin && read.position == position && read.channel == "a")
    #expect(String(buffer: read.message) == "hello")
  }

  @Test("what another program published is not taken for a node's")
  func foreign() {
    for text in ["", "hello", "{\"a\":1}", String(repeating: "x", count: 100)] {
      #expect(EnginePublication(ByteBuffer(string: text), on: "a", at: nil) == nil)
    }
    let short = EnginePublication.encode(ByteBuffer(), from: EngineOrigin(node: 1, serial: 1))
    for length in 0..<EnginePublication.headerSize {
      let cut = short.getSlice(at: 0, length: length) ?? ByteBuffer()
      #expect(EnginePublication(cut, on: "a", at: nil) == nil)
    }
  }
}
