import NIOCore
import RealtimeProtocol
import Testing

@Suite struct EncodedMessageTests {
  @Test(
    "a text message is a frame with `4` before it", arguments: [0, 1, 124, 125, 65_534, 65_535])
  func text(count: Int) {
    let text = String(repeating: "x", count: count)
    let message = EncodedMessage(text: count) { $0.writeString(text) }
    #expect(message.packet == ByteBuffer(string: "4" + text))
    #expect(message.frame.getInteger(at: 0, as: UInt8.self) == 0x81)
    #expect(WebSocketFrameHeader.payloadLength(ofUnmaskedFrame: message.frame) == count + 1)
    #expect(message.frame.readableBytes == message.headerSize + count + 1)
  }

  @Test("a length that was announced wrongly is put right", arguments: [0, 3, 5, 200, 70_000])
  func wrongLength(announced: Int) {
    let message = EncodedMessage(text: announced) { $0.writeString("hello") }
    #expect(message.packet == ByteBuffer(string: "4hello"))
    #expect(WebSocketFrameHeader.payloadLength(ofUnmaskedFrame: message.frame) == 6)
  }

  @Test("a binary message is the bare bytes", arguments: [0, 125, 126, 70_000])
  func binary(count: Int) {
    let bytes = ByteBuffer(repeating: 7, count: count)
    let message = EncodedMessage(binary: bytes)
    #expect(message.packet == bytes)
    #expect(message.isBinary)
    #expect(message.frame.getInteger(at: 0, as: UInt8.self) == 0x82)
  }

  @Test("the handshake packet has exactly the five keys")
  func open() {
    let frame = EngineFrame.open(sid: "abc", upgrades: true, configuration: EngineConfiguration())
    var body = ByteBuffer()
    PollingPayload.append(frames: frame, to: &body)
    #expect(
      String(buffer: body)
        == #"0{"sid":"abc","upgrades":["websocket"],"pingInterval":25000,"#
        + #""pingTimeout":20000,"maxPayload":1000000}"#)
  }
}
