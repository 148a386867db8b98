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
}
