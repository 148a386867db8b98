import NIOCore
import RealtimeProtocol
import Testing

@Suite struct SocketPacketEncoderTests {
  @Test(
    "a header is written in its shortest form and its size is foretold",
    arguments: [
      (SocketPacketType.event, "/", nil, 0, "2"),
      (.event, "/chat", nil, 0, "2/chat,"),
      (.ack, "/", 456, 0, "3456"),
      (.binaryEvent, "/", nil, 2, "52-"),
      (.binaryAck, "/admin", 0, 10, "610-/admin,0"),
      (.connectError, "/random", nil, 0, "4/random,"),
    ] as [(SocketPacketType, String, Int?, Int, String)])
  func headers(
    type: SocketPacketType, namespace: String, id: Int?, attachments: Int, expected: String
  ) {
    var buffer = ByteBuffer()
    SocketPacketEncoder.writeHeader(
      type: type, namespace: namespace, id: id, attachments: attachments, into: &buffer)
    let size = SocketPacketEncoder.headerSize(
      type: type, namespace: namespace, id: id, attachments: attachments)
    #expect(String(buffer: buffer) == expected)
    #expect(size == expected.utf8.count)
  }

  @Test(
    "a frame made in one go is the one made of its parts", arguments: [0, 1, 100, 117, 118, 70_000])
  func frames(length: Int) {
    let payload = [UInt8](repeating: UInt8(ascii: "7"), count: length)
    for (namespace, id) in [("/", nil), ("/chat", 12), ("/a", 0)] as [(String, Int?)] {
      let header = SocketPacketEncoder.headerSize(type: .ack, namespace: namespace, id: id)
      let parts = EncodedMessage(text: header + length) { buffer in
        SocketPacketEncoder.writeHeader(type: .ack, namespace: namespace, id: id, into: &buffer)
        buffer.writeBytes(payload)
      }
      var whole = ByteBuffer()
      payload.withUnsafeBytes {
        _ = SocketPacketEncoder.writeFrame(
          type: .ack, namespace: namespace, id: id, payload: $0, into: &whole)
      }
      #expect(whole == parts.frame)
    }
  }

  @Test("packets written together are those written one by one", arguments: ["/", "/chat"])
  func together(namespace: String) {
    let ids = [nil, 0, 9, 10, 99, 100, 12_345, Int.max - 1, Int.max]
    let lengths = [0, 1, 110, 120, 126, 300, 70_000, 2, 3]
    let payload = [UInt8](repeating: UInt8(ascii: "7"), count: 70_000)
    payload.withUnsafeBytes { bytes in
      func type(of index: Int) -> SocketPacketType { index % 2 == 0 ? .ack : .event }
      func part(_ index: Int) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: bytes[..<lengths[index]])
      }
      var (together, single) = (ByteBuffer(string: "before"), ByteBuffer(string: "before"))
      SocketPacketEncoder.writeFrames(
        ids.count, payloads: lengths.reduce(0, +), namespace: namespace, into: &together
      ) { .init(type: type(of: $0), id: ids[$0], payload: part($0)) }
      for index in ids.indices {
        let id = ids[index].map { "\($0)" } ?? ""
        let path = namespace == "/" ? "" : "\(namespace),"
        let head = "4\(type(of: index) == .ack ? 3 : 2)\(path)\(id)"
        WebSocketFrameHeader.write(
          .text, payloadLength: head.utf8.count + lengths[index], into: &single)
        single.writeString(head)
        single.writeBytes(part(index))
      }
      #expect(together == single)
    }
  }
}
