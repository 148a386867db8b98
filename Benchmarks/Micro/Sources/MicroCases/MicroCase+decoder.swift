// From the bytes of a read to packets: what every message of every client goes through.

import NIOCore
import RealtimeProtocol

extension MicroCase {
  static let decoder = [
    reading("decoder/one event", messages: 1),
    reading("decoder/16 events of one read", messages: 16),
    decoding("decoder/packet with an ack", event),
    decoding("decoder/packet of the default namespace", #"2["echo","hello"]"#),
    attachment,
  ]

  private static let event = ##"2/bench,17["echo","#3.117#........................"]"##

  /// Frames to events, as a session takes them.
  private static func reading(_ name: String, messages: Int) -> MicroCase {
    MicroCase(name, result: messages) {
      let input = ClientFrames.text(Array(repeating: "4" + event, count: messages))
      let decoder = SocketPacketDecoder()
      var parser = WebSocketFrameParser(maxMessageSize: 100_000)
      var batch = WebSocketBatch()
      return {
        defer { batch.removeAll() }
        guard parser.parse(input, into: &batch) == nil else { return -1 }
        return events(of: batch.leadingTexts(after: UInt8(ascii: "4")), decoder)
      }
    }
  }

  private static func events(of run: TextRun, _ decoder: SocketPacketDecoder) -> Int {
    run.bytes.withUnsafeReadableBytes { bytes in
      (0..<run.count).count { index in
        let text = UnsafeRawBufferPointer(rebasing: bytes[run.range(at: index)])
        return decoder.plainEvent(in: text)?.payload ?? 0 > 0
      }
    }
  }

  /// A message to a packet, as all but plain events go.
  private static func decoding(_ name: String, _ text: String) -> MicroCase {
    MicroCase(name, result: 1) {
      let message = EngineMessage.text(ByteBuffer(string: text))
      var decoder = SocketPacketDecoder()
      return { (try? decoder.decode(message))?.type == .event ? 1 : 0 }
    }
  }

  private static let attachment = MicroCase("decoder/packet with an attachment", result: 1) {
    let text = EngineMessage.text(
      ByteBuffer(string: #"51-/bench,["file",{"_placeholder":true,"num":0}]"#))
    let bytes = EngineMessage.binary(ByteBuffer(repeating: 7, count: 100))
    var decoder = SocketPacketDecoder()
    return {
      guard (try? decoder.decode(text)) == SocketPacket?.none else { return -1 }
      return (try? decoder.decode(bytes))?.attachments.count ?? -1
    }
  }
}
