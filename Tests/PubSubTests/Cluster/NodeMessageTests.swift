import NIOCore
import Testing

@testable import PubSub

@Suite struct NodeMessageTests {
  private static let messages: [NodeMessage] = [
    .hello(ClusterNode(id: 1, startTime: 0)),
    .here(ClusterNode(id: .max, startTime: 5, address: "10.0.0.7:8080", apps: ["chat", "quiz"])),
    .goodbye(7),
  ]

  @Test("what is written is read again", arguments: messages)
  func roundTrip(_ message: NodeMessage) {
    #expect(NodeMessage(message.bytes) == message)
  }

  @Test("a message that was cut short or has more behind it is none", arguments: messages)
  func cut(_ message: NodeMessage) {
    var bytes = message.bytes
    for length in 0..<bytes.readableBytes {
      #expect(NodeMessage(bytes.getSlice(at: 0, length: length) ?? ByteBuffer()) == nil)
    }
    bytes.writeInteger(UInt8(0))
    #expect(NodeMessage(bytes) == nil)
  }

  @Test("what is of another version, has no id or too long an address is none")
  func refused() {
    var other = NodeMessage.goodbye(7).bytes
    other.setInteger(UInt8(2), at: 0)
    #expect(NodeMessage(other) == nil)
    #expect(NodeMessage(NodeMessage.goodbye(0).bytes) == nil)
    let address = String(repeating: "a", count: NodeMessage.longestAddress + 1)
    #expect(
      NodeMessage(NodeMessage.here(.init(id: 1, startTime: 0, address: address)).bytes) == nil)
  }

  @Test("no bytes crash the reader")
  func fuzz() {
    Fuzz.run { generator in
      let message = Self.messages.randomElement(using: &generator) ?? .goodbye(1)
      var bytes = Array(message.bytes.readableBytesView)
      for _ in 0..<Int.random(in: 1...4, using: &generator) {
        bytes[Int.random(in: 0..<bytes.count, using: &generator)] = UInt8.random(
          in: 0...255, using: &generator)
      }
      _ = NodeMessage(ByteBuffer(bytes: bytes))
    }
  }

  @Test("an id is sixteen digits, and nothing else is an id")
  func ids() {
    for id in [1, 0xABC, UInt64.max] { #expect(NodeID.number(NodeID.text(id)) == id) }
    #expect(NodeID.text(0xABC) == "0000000000000abc")
    for text in ["", "abc", "0000000000000ABC", "+000000000000abc", "00000000000000abc"] {
      #expect(NodeID.number(text) == nil)
    }
  }
}
