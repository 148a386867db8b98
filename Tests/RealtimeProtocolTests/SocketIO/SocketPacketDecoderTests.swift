import NIOCore
import RealtimeProtocol
import Testing

@Suite struct SocketPacketDecoderTests {
  private func decode(_ text: String) throws -> SocketPacket? {
    var decoder = SocketPacketDecoder()
    return try decoder.decode(.text(ByteBuffer(string: text)))
  }

  private static func packet(
    _ type: SocketPacketType, _ namespace: String? = nil, id: Int? = nil, _ payload: String? = nil
  ) -> SocketPacket {
    SocketPacket(
      type: type, namespace: namespace.map { ByteBuffer(string: $0) }, id: id,
      payload: payload.map { ByteBuffer(string: $0) })
  }

  @Test(
    "a header is parsed and the payload is left as it is",
    arguments: [
      ("0", packet(.connect)),
      ("0/custom", packet(.connect, "/custom")),
      ("0/custom,", packet(.connect, "/custom")),
      ("0/custom?token=1,{\"a\":1}", packet(.connect, "/custom", "{\"a\":1}")),
      ("0{\"token\":\"123\"}", packet(.connect, nil, "{\"token\":\"123\"}")),
      ("1", packet(.disconnect)),
      ("1/admin,", packet(.disconnect, "/admin")),
      ("2[\"hello\",1]", packet(.event, nil, "[\"hello\",1]")),
      ("2/,[\"hello\"]", packet(.event, nil, "[\"hello\"]")),
      ("2/admin,456[\"x\"]", packet(.event, "/admin", id: 456, "[\"x\"]")),
      ("312[]", packet(.ack, nil, id: 12, "[]")),
      ("4{\"message\":\"no\"}", packet(.connectError, nil, "{\"message\":\"no\"}")),
      ("50-[\"x\"]", packet(.binaryEvent, nil, "[\"x\"]")),
    ])
  func headers(text: String, expected: SocketPacket) throws {
    #expect(try decode(text) == expected)
  }

  @Test(
    "what breaks the protocol is an error",
    arguments: [
      ("", .invalidSocketPacket),
      ("abc", .invalidSocketPacket),
      ("7[]", .invalidSocketPacket),
      ("2", .invalidSocketPacket),
      ("2{}", .invalidSocketPacket),
      ("2abc[\"x\"]", .invalidSocketPacket),
      ("2/admin", .invalidSocketPacket),
      ("3[]", .invalidSocketPacket),
      ("31", .invalidSocketPacket),
      ("0[]", .invalidSocketPacket),
      ("1[]", .invalidSocketPacket),
      ("5[\"x\"]", .invalidSocketPacket),
      ("51[\"x\"]", .invalidSocketPacket),
      ("5-[\"x\"]", .invalidSocketPacket),
      ("511-[\"x\"]", .tooManyAttachments),
      ("299999999999999999999[\"x\"]", .limitExceeded),
      ("0/" + String(repeating: "n", count: 256), .limitExceeded),
    ] as [(String, ProtocolError.Code)])
  func errors(text: String, code: ProtocolError.Code) {
    let error = #expect(throws: ProtocolError.self) { try decode(text) }
    #expect(error?.code == code)
  }

  @Test("attachments are gathered behind their packet")
  func attachments() throws {
    var decoder = SocketPacketDecoder()
    let text = ByteBuffer(string: "52-/admin,7[\"x\",{\"_placeholder\":true,\"num\":0}]")
    let afterText = try decoder.decode(.text(text))
    #expect(afterText == nil)
    let afterFirst = try decoder.decode(.binary(ByteBuffer(bytes: [1])))
    #expect(afterFirst == nil)
    let packet = try decoder.decode(.binary(ByteBuffer(bytes: [2, 3])))
    #expect(packet?.attachments == [ByteBuffer(bytes: [1]), ByteBuffer(bytes: [2, 3])])
    #expect(packet?.id == 7)
    let next = try decoder.decode(.text(ByteBuffer(string: "2[\"next\"]")))
    #expect(next?.type == .event)
  }

  @Test("text among attachments, and an attachment of nothing, are errors")
  func unexpected() throws {
    var decoder = SocketPacketDecoder()
    _ = try decoder.decode(.text(ByteBuffer(string: "51-[\"x\"]")))
    let text = #expect(throws: ProtocolError.self) {
      try decoder.decode(.text(ByteBuffer(string: "2[\"x\"]")))
    }
    #expect(text?.code == .unexpectedMessage)
    var other = SocketPacketDecoder()
    let binary = #expect(throws: ProtocolError.self) {
      try other.decode(.binary(ByteBuffer(bytes: [1])))
    }
    #expect(binary?.code == .unexpectedMessage)
  }

  @Test("a packet that decodes is encoded to the same header")
  func roundTrip() throws {
    let types: [SocketPacketType] = [.event, .ack, .binaryEvent, .binaryAck]
    try Fuzz.run { generator in
      let type = types.randomElement(using: &generator) ?? .event
      let namespace = Bool.random(using: &generator) ? "/" : "/room-1"
      let id = Int.random(in: 0...1_000_000, using: &generator)
      var text = ByteBuffer()
      SocketPacketEncoder.writeHeader(type: type, namespace: namespace, id: id, into: &text)
      text.writeString("[1]")
      var decoder = SocketPacketDecoder()
      let expected = Self.packet(type, namespace == "/" ? nil : namespace, id: id, "[1]")
      let packet = try decoder.decode(.text(text))
      #expect(packet == expected)
    }
  }

  @Test("what is seen at a glance is what decoding finds, and little is overlooked")
  func plainEvents() throws {
    let alphabet = Array("2/,[]?7a0".utf8)
    Fuzz.run { generator in
      let bytes = [UInt8(ascii: "2")] + generator.bytes(maxCount: 14, alphabet: alphabet)
      var decoder = SocketPacketDecoder(maxNamespaceLength: 6)
      let seen = bytes.withUnsafeBytes { decoder.plainEvent(in: $0) }
      let packet = try? decoder.decode(.text(ByteBuffer(bytes: bytes)))
      guard let seen else {
        return #expect(packet?.payload == nil || bytes.contains(UInt8(ascii: "?")))
      }
      #expect(packet?.type == .event && packet?.id == seen.id)
      let namespace = packet.map { Array(buffer: $0.namespace ?? ByteBuffer()) }
      #expect(namespace == Array(bytes[seen.namespace]))
      #expect(packet?.payload.map { Array(buffer: $0) } == Array(bytes[seen.payload...]))
    }
  }

  @Test("numbers beyond what fits are left to be refused")
  func longNumbers() {
    for (digits, isSeen) in [(18, true), (19, false), (30, false)] {
      let text = "2" + String(repeating: "9", count: digits) + "[]"
      let seen = Array(text.utf8).withUnsafeBytes { SocketPacketDecoder().plainEvent(in: $0) }
      #expect((seen != nil) == isSeen)
    }
  }

  @Test("any messages are survived")
  func noise() {
    let alphabet = Array("0123456/,-[]{}?ab\"".utf8)
    Fuzz.run { generator in
      var decoder = SocketPacketDecoder(maxAttachments: 3, maxNamespaceLength: 8)
      for _ in 0..<4 {
        let bytes = ByteBuffer(bytes: generator.bytes(maxCount: 24, alphabet: alphabet))
        let isText = Int.random(in: 0..<4, using: &generator) > 0
        _ = try? decoder.decode(isText ? .text(bytes) : .binary(bytes))
      }
    }
  }
}
