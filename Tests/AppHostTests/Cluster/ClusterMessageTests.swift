import NIOCore
import PubSub
import Testing

@testable import AppHost

@Suite struct ClusterMessageTests {
  private static let messages: [ClusterMessage] = [
    .publication(
      ClusterPublication(
        namespace: "/chat", channel: "room.1", message: ByteBuffer(string: #"{"a":1}"#),
        attachments: [ByteBuffer(bytes: [0, 255]), ByteBuffer()])),
    .publication(
      ClusterPublication(
        namespace: "/", channel: "", message: ByteBuffer(string: "null"), attachments: [])),
    .broadcast(
      ClusterBroadcast(
        node: .max, namespace: "/chat/ü", rooms: ["a", "b\u{0}"], spared: ["c"], sender: "id",
        isVolatile: true, key: [1, 2], event: ByteBuffer(string: #"["e"]"#),
        attachments: [ByteBuffer(bytes: [7])])),
    .presence(
      PresenceMessage(from: PresenceSite(node: 1, table: 2), .digest(sequence: 3))),
  ]

  @Test("what is written is read again", arguments: messages.indices)
  func roundTrip(_ index: Int) {
    #expect(ClusterMessage(Self.messages[index].bytes) == Self.messages[index])
  }

  @Test("a message that was cut short or has more behind it is none", arguments: messages.indices)
  func cut(_ index: Int) {
    var bytes = Self.messages[index].bytes
    for length in 0..<bytes.readableBytes {
      #expect(ClusterMessage(bytes.getSlice(at: 0, length: length) ?? ByteBuffer()) == nil)
    }
    bytes.writeInteger(UInt8(0))
    #expect(ClusterMessage(bytes) == nil)
  }

  @Test("no bytes crash the reader")
  func fuzz() {
    var generator = SystemRandomNumberGenerator()
    for _ in 0..<5_000 {
      var bytes = Array(
        Self.messages[Int.random(in: 0..<4, using: &generator)].bytes.readableBytesView)
      for _ in 0..<Int.random(in: 1...4, using: &generator) {
        bytes[Int.random(in: 0..<bytes.count, using: &generator)] = .random(in: 0...255)
      }
      _ = ClusterMessage(ByteBuffer(bytes: bytes))
    }
  }
}
