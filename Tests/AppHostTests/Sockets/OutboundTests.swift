import NIOCore
import PubSub
import RealtimeProtocol
import Testing

@testable import AppHost

@Suite("An outbound packet")
struct OutboundTests {
  private let position = Position(epoch: "AbCdEfGh", offset: 3)

  /// The packet on the wire, without the digit of Engine.IO.
  private func text(_ packet: Outbound) -> String {
    String(String(buffer: packet.text.packet).dropFirst())
  }

  private func publication(_ attachments: [EncodedMessage] = []) -> Publication {
    Publication(
      channel: "r\"1", position: position, message: ByteBuffer(string: "{}"),
      attachments: attachments)
  }

  @Test("is what the host says itself")
  func answers() {
    #expect(text(.error("a", "\"b\"", in: "/chat")) == #"2/chat,["error","a","\"b\""]"#)
    #expect(text(Outbound(ack: 12, in: "/", json: "[true]")) == "312[true]")
    #expect(text(Outbound(connectError: "no\n", in: "/chat")) == #"4/chat,{"message":"no\u000a"}"#)
    #expect(text(Outbound(disconnecting: "/chat")) == "1/chat,")
    #expect(text(Outbound(Acceptance(id: "I"), in: "/")) == #"0{"sid":"I"}"#)
    #expect(text(Outbound(Acceptance(id: "I", pid: "P"), in: "/")) == #"0{"sid":"I","pid":"P"}"#)
  }

  @Test("is what a script emits, with its binary parts")
  func emits() throws {
    let script = try Script("self:emit('a b', 1, 'é', perigee.binary('\\xff'))")
    let packet = try #require(script.run(.emit) { Outbound(event: $0, in: "/test") }.first)
    #expect(text(packet) == #"51-/test,["a b",1,"é",{"_placeholder":true,"num":0}]"#)
    #expect(packet.json == ByteBuffer(string: #"["a b",1,"é",{"_placeholder":true,"num":0}]"#))
    #expect(packet.attachments.map(\.packet) == [ByteBuffer(bytes: [0xFF])])
    #expect(packet.takesOffset && !packet.isVolatile && packet.id == nil)
  }

  @Test("has the key that the script gave it, numbered too, and is not volatile then")
  func keys() throws {
    let script = try Script(
      "self:latest('\\xff'):emit('x') self:volatile():emit('x') self:emit('x')")
    let packets = script.run(.emit) { Outbound(event: $0, in: "/test") }
    #expect(packets.map(\.key) == [[0xFF], nil, nil])
    #expect(packets.map(\.isVolatile) == [false, true, false])
    #expect(packets.map(\.waits) == [false, false, true])
    #expect(packets.first?.numbered(position).key == [0xFF])
  }

  @Test("is what a script returns to a client that asked")
  func acks() throws {
    let script = try Script("return 1, {2}")
    let packet = try #require(script.run(.ack, ack: 8) { Outbound(ack: $0, in: "/test") }.first)
    #expect(text(packet) == "3/test,8[1,[2]]")
    #expect(packet.type == .ack && packet.id == 8 && !packet.takesOffset)
  }

  @Test("says which ack an error stands for")
  func answered() throws {
    let script = try Script("error('wrong')")
    let packet = try #require(
      script.run(.emit, ack: 8) { Outbound(event: $0, in: "/test") }.first)
    #expect(packet.answers == 8 && packet.id == nil)
  }

  @Test("of a publication has the message alone, and its place for those who want it")
  func publications() {
    let plain = Outbound(publication(), in: "/chat")
    #expect(text(plain) == #"2/chat,["pubblication",{}]"#)
    let place = #"{"channel":"r\"1","position":"AbCdEfGh:3"}"#
    #expect(
      text(plain.positioned(publication())) == #"2/chat,["pubblication",{},\#(place)]"#)
    let numbered = plain.numbered(Position(epoch: "E", offset: 9))
    #expect(text(numbered) == #"2/chat,["pubblication",{},"E:9"]"#)
    #expect(
      text(numbered.positioned(publication())) == #"2/chat,["pubblication",{},\#(place),"E:9"]"#)
    #expect(numbered.publication === plain.publication && plain.publication != nil)
  }

  @Test("keeps its attachments and its own payload when it is numbered")
  func numbered() {
    let attachments = [EncodedMessage(binary: ByteBuffer(bytes: [1]))]
    let packet = Outbound(publication(attachments), in: "/").numbered(position)
    #expect(text(packet) == #"51-["pubblication",{},"AbCdEfGh:3"]"#)
    #expect(packet.offset == position && packet.attachments.count == 1)
    #expect(packet.json == ByteBuffer(string: #"["pubblication",{}]"#))
    let long = Outbound.error("a", String(repeating: "é", count: 40_000), in: "/")
    #expect(text(long.numbered(position)).hasSuffix(#"é","AbCdEfGh:3"]"#))
  }
}

@Suite("The forms of a packet")
struct OutboundFormsTests {
  private let publication = Publication(
    channel: "a", position: Position(epoch: "E", offset: 1), message: ByteBuffer(string: "1"))

  @Test("are the plain frame, bare, in a WebSocket's and in a stream's")
  func forms() {
    var forms = OutboundForms(Outbound(publication, in: "/"))
    let frame = #"{"channel":"a","position":"E:1","data":1}"#
    let (plain, event) = (forms.frame(), forms.event(of: publication))
    var framed = forms.webSocketFrame()
    let header = framed.readBytes(length: 2)
    #expect(plain == ByteBuffer(string: frame) && framed == plain)
    #expect(header == [0x81, UInt8(frame.utf8.count)])
    #expect(String(buffer: event) == "id: E:1\ndata: \(frame)\n\n")
  }

  @Test("are made once")
  func once() {
    var forms = OutboundForms(Outbound(publication, in: "/"))
    let positioned = (forms.positioned(publication), forms.positioned(publication))
    #expect(positioned.0 === positioned.1)
    let places = [forms.frame(), forms.frame()].map { frame in
      frame.withUnsafeReadableBytes { UInt(bitPattern: $0.baseAddress) }
    }
    #expect(places[0] == places[1])
  }
}
