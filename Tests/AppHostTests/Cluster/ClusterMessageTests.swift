import LuaRuntime
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
    .change(
      ClusterChange(
        node: 3, change: .leave, namespace: "/chat", rooms: ["a"], spared: [], room: "b.c")),
    .request(
      NodeRequest(
        node: 1, id: 2,
        body: LuaQuestion(
          kind: .acks, namespace: "/chat", rooms: ["a"], spared: ["b"], duration: .seconds(5),
          isVolatile: true, event: Array(#"["e"]"#.utf8), attachments: [[1, 2], []]
        ).bytes)),
    .answer(
      NodeAnswer(
        node: 1, id: 2, part: 3, isLast: false, failure: "no handler",
        body: AnswerBody(
          text: ByteBuffer(string: "[1]"), attachments: [ByteBuffer(bytes: [9])]
        ).bytes)),
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

  @Test("a question and an answer are read again, and nothing else is one")
  func bodies() {
    let question = LuaQuestion(
      kind: .server, namespace: "/x", duration: .milliseconds(1_500), event: [91, 93],
      attachments: [[7]])
    #expect(LuaQuestion(question.bytes) == question)
    let answer = AnswerBody(text: ByteBuffer(string: "{}"), attachments: [ByteBuffer()])
    #expect(AnswerBody(answer.bytes) == answer)
    for bytes in [question.bytes, answer.bytes] {
      for length in 0..<bytes.readableBytes {
        let part = bytes.getSlice(at: 0, length: length) ?? ByteBuffer()
        #expect(LuaQuestion(part) == nil && AnswerBody(part) == nil)
      }
    }
  }

  @Test("nobody is asked to wait for longer than a script may")
  func longest() {
    let years = LuaQuestion(kind: .acks, namespace: "/", duration: .seconds(1_000_000_000))
    #expect(LuaQuestion(years.bytes) == years)
    let more = LuaQuestion(kind: .acks, namespace: "/", duration: .seconds(1_000_000_001))
    #expect(LuaQuestion(more.bytes) == nil)
  }

  @Test("no bytes crash the reader")
  func fuzz() {
    var generator = SystemRandomNumberGenerator()
    for _ in 0..<5_000 {
      var bytes = Array(
        (Self.messages.randomElement(using: &generator)
          ?? .request(.init(node: 1, id: 1, body: .init())))
          .bytes.readableBytesView)
      for _ in 0..<Int.random(in: 1...4, using: &generator) {
        bytes[Int.random(in: 0..<bytes.count, using: &generator)] = .random(in: 0...255)
      }
      switch ClusterMessage(ByteBuffer(bytes: bytes)) {
      case .request(let request): _ = LuaQuestion(request.body)
      case .answer(let answer): _ = AnswerBody(answer.body)
      default: break
      }
    }
  }
}
