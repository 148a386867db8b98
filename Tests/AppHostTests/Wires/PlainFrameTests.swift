import NIOCore
import PubSub
import RealtimeProtocol
import Testing

@testable import AppHost

@Suite("A plain frame")
struct PlainFrameTests {
  private let position = Position(epoch: "AbCdEfGh", offset: 51)

  private func text(_ packet: Outbound) -> String { String(buffer: PlainFrame.of(packet)) }

  @Test("carries an event, an ack, and an error")
  func packets() {
    #expect(
      text(.error("no_such_method", "a \"b\"", in: "/chat"))
        == #"{"event":"error","args":["no_such_method","a \"b\""]}"#)
    #expect(text(Outbound(ack: 7, in: "/chat", json: "[1,[2]]")) == #"{"ack":7,"args":[1,[2]]}"#)
    let error = WireError(status: 400, name: "a", message: "\n")
    #expect(PlainFrame.error(error) == #"{"event":"error","args":["a","\u000a"]}"#)
  }

  @Test("carries a publication with its position")
  func publication() {
    let publication = Publication(
      channel: "room \"1\"", position: position, message: ByteBuffer(string: #"{"a":[1]}"#))
    let frame = #"{"channel":"room \"1\"","position":"AbCdEfGh:51","data":{"a":[1]}}"#
    #expect(String(buffer: PlainFrame.publication(publication)) == frame)
    #expect(text(Outbound(publication, in: "/chat")) == frame)
  }

  @Test("carries the binary parts of a publication in base64")
  func attachments() {
    let attachments = [[0xFF, 0] as [UInt8], []].map {
      EncodedMessage(binary: ByteBuffer(bytes: $0))
    }
    let publication = Publication(
      channel: "a", position: position,
      message: ByteBuffer(string: #"{"_placeholder":true,"num":0}"#), attachments: attachments)
    #expect(
      String(buffer: PlainFrame.publication(publication))
        == #"{"channel":"a","position":"AbCdEfGh:51","#
        + #""data":{"_placeholder":true,"num":0},"attachments":["/wA=",""]}"#)
  }

  @Test("does not show the offset that Socket.IO clients get as one more argument")
  func numbered() {
    let packet = Outbound.error("a", "b", in: "/").numbered(position)
    #expect(text(packet) == #"{"event":"error","args":["a","b"]}"#)
  }

  @Test("tells a client who it is and where it stands")
  func greetings() {
    #expect(
      String(buffer: PlainFrame.hello(id: "I", key: "K", namespace: "/a\"b"))
        == #"{"hello":{"id":"I","key":"K","namespace":"/a\"b"}}"#)
    let subscription = Subscription(
      name: "room", channel: "room-1", ack: nil, position: position, isRecovered: false, missed: [])
    #expect(
      String(buffer: PlainFrame.subscribed(subscription))
        == #"{"subscribed":{"name":"room","channel":"room-1","position":"AbCdEfGh:51","#
        + #""recovered":false}}"#)
  }

  @Test("tells a client the value of a model with its subscription")
  func snapshot() {
    let subscription = Subscription(
      name: "model:a", channel: "model:a", ack: nil, position: position, isRecovered: true,
      missed: [], snapshot: #"{"items":[]}"#)
    #expect(
      String(buffer: PlainFrame.subscribed(subscription))
        == #"{"subscribed":{"name":"model:a","channel":"model:a","position":"AbCdEfGh:51","#
        + #""recovered":true,"snapshot":{"items":[]}}}"#)
  }
}

@Suite("An event's payload")
struct EventPayloadTests {
  @Test(
    "is taken apart behind its name",
    arguments: [
      (#"["a"]"#, #""a""#, ""), (#"["a",1]"#, #""a""#, "1"),
      (#"["a",1,["b"]]"#, #""a""#, #"1,["b"]"#),
      (#"["",null]"#, #""""#, "null"), (#"["\"]",1]"#, #""\"]""#, "1"),
      (#"["\\",1]"#, #""\\""#, "1"), (#"["é",1]"#, #""é""#, "1"),
    ])
  func parts(json: String, name: String, arguments: String) {
    var padded = ByteBuffer(string: "xx" + json)
    padded.moveReaderIndex(forwardBy: 2)
    for buffer in [ByteBuffer(string: json), padded] {
      let payload = EventPayload(buffer)
      #expect(String(buffer: payload.name) == name)
      #expect(String(buffer: payload.arguments) == arguments)
    }
  }

  @Test("that is cut off is survived", arguments: ["", "[", "[\"", "[\"a", "[\"\\", "[\"a\"", "x"])
  func truncated(json: String) {
    #expect(EventPayload(ByteBuffer(string: json)).arguments.readableBytes == 0)
  }
}
