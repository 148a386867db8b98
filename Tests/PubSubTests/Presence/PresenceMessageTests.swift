import NIOCore
import Testing

@testable import PubSub

@Suite struct PresenceMessageTests {
  private static let entry = PresenceEntry(
    ref: PresenceRef(table: .max, serial: 7),
    identity: PresenceIdentity(
      channel: PresenceChannel("room ü", in: "/chat"), key: "k\u{0}", meta: #"{"a":[1]}"#))
  private static let messages: [PresenceMessage] = [
    .delta(
      sequence: 9, [.put(entry), .drop(entry.ref), .lose(entry.ref), .regain(entry.ref)]),
    .delta(sequence: 10, []),
    .state(
      sequence: .max, part: 1, parts: 2,
      [HeldPresence(entry: entry, isLost: true), HeldPresence(entry: entry, isLost: false)]),
    .digest(sequence: 3), .request(table: 0), .goodbye,
  ].map { PresenceMessage(from: PresenceSite(node: 1, table: 2), $0) }

  private static func bytes(_ message: PresenceMessage) -> ByteBuffer {
    var buffer = ByteBuffer()
    message.write(to: &buffer)
    return buffer
  }

  @Test("what is written is read again", arguments: messages)
  func roundTrip(_ message: PresenceMessage) {
    var bytes = Self.bytes(message)
    #expect(PresenceMessage(readingFrom: &bytes) == message)
    #expect(bytes.readableBytes == 0)
  }

  @Test("a message that was cut short is none", arguments: messages)
  func cut(_ message: PresenceMessage) {
    let bytes = Self.bytes(message)
    for length in 0..<bytes.readableBytes {
      var part = bytes.getSlice(at: 0, length: length) ?? ByteBuffer()
      #expect(PresenceMessage(readingFrom: &part) == nil)
    }
  }

  @Test("no message crashes the reader or a table")
  func fuzz() {
    Fuzz.run { generator in
      var table = PresenceNode(node: 5, table: 5).table
      for _ in 0..<5 {
        let message = Self.messages.randomElement(using: &generator) ?? Self.messages[0]
        var bytes = Array(Self.bytes(message).readableBytesView)
        for _ in 0..<Int.random(in: 0...3, using: &generator) {
          bytes[Int.random(in: 0..<bytes.count, using: &generator)] = .random(
            in: 0...255, using: &generator)
        }
        var buffer = ByteBuffer(bytes: bytes)
        guard let read = PresenceMessage(readingFrom: &buffer) else { continue }
        table.receive(read, now: .now())
        _ = table.takeMessages(now: .now())
      }
    }
  }
}
