import NIOCore
import PubSub
import Testing

@testable import AppHost

@Suite("A record of the recovery log")
struct RecoveryRecordTests {
  private static let session = RecoverableSession(
    pid: "P", id: "S", namespace: "/chat", owner: 7, ownedSince: 3, begins: 2, floor: 4,
    catchUp: .max,
    membership: Membership(stays: [
      .init(topic: "/chat", from: 2), .init(topic: "/chat\u{0}rü", from: 5, to: 9),
    ]))

  private static let records: [RecoveryRecord] = [
    .direct(
      DirectEvent(
        id: "S", namespace: "/", event: ByteBuffer(string: #"["e",1]"#),
        attachments: [ByteBuffer(bytes: [0, 255]), ByteBuffer()])),
    .broadcast(
      ClusterBroadcast(
        node: 1, namespace: "/chat", rooms: ["a"], spared: ["b"], sender: "S", isVolatile: false,
        key: [], event: ByteBuffer(string: #"["e"]"#), attachments: [])),
    .publication(
      ClusterPublication(
        namespace: "/chat", channel: "news", message: ByteBuffer(string: "{}"), attachments: [])),
    .told([session, session], isNew: true),
    .told([], isNew: false),
    .moved(SessionMove(pid: "P", joins: ["a", "b"], leaves: ["c"], catchUp: .begins)),
    .moved(SessionMove(pid: "P", catchUp: .ended(12))),
    .moved(SessionMove(pid: "P")),
    .moved(SessionMove(pid: "P", leaves: ["c"], since: 9)),
    .changed(
      ClusterChange(
        node: 3, change: .leave, namespace: "/chat", rooms: ["a", "S"], spared: ["b"], room: "c")),
    .claimed(pid: "P", namespace: "/chat"),
    .gone(pid: ""),
    .mark,
  ]

  private static func signed(_ index: Int) -> SignedRecord {
    SignedRecord(author: .max, serial: UInt64(index), record: records[index])
  }

  @Test("that is written is read again", arguments: records.indices)
  func roundTrip(_ index: Int) {
    #expect(SignedRecord(Self.signed(index).bytes) == Self.signed(index))
  }

  @Test("that was cut short or has more behind it is none", arguments: records.indices)
  func cut(_ index: Int) {
    var bytes = Self.signed(index).bytes
    for length in 0..<bytes.readableBytes {
      #expect(SignedRecord(bytes.getSlice(at: 0, length: length) ?? ByteBuffer()) == nil)
    }
    bytes.writeInteger(UInt8(0))
    #expect(SignedRecord(bytes) == nil)
  }

  @Test("is read from any bytes, or not at all: fuzz")
  func fuzz() {
    Fuzz.run { generator in
      let index = Int.random(in: 0..<Self.records.count, using: &generator)
      var bytes = Array(Self.signed(index).bytes.readableBytesView)
      for _ in 0..<Int.random(in: 1...4, using: &generator) {
        let place = Int.random(in: 0..<bytes.count, using: &generator)
        bytes[place] = .random(in: 0...255, using: &generator)
      }
      _ = SignedRecord(ByteBuffer(bytes: bytes))
    }
  }
}
