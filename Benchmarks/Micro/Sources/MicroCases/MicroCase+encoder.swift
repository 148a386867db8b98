// From a packet to the bytes that are written: replies one by one, publications once for everybody.

import NIOCore
import RealtimeProtocol

extension MicroCase {
  static let encoder = [
    writing("encoder/event", type: .event, id: nil),
    writing("encoder/ack", type: .ack, id: 117),
    publication,
  ]

  private static let payload = Array(##"["pubblication","#3.117#........................"]"##.utf8)

  /// A frame into a buffer that is used again.
  private static func writing(_ name: String, type: SocketPacketType, id: Int?) -> MicroCase {
    let size = SocketPacketEncoder.headerSize(type: type, namespace: "/bench", id: id)
    return MicroCase(name, result: 2 + 1 + size + payload.count) {
      var buffer = ByteBuffer()
      return {
        buffer.clear()
        return payload.withUnsafeBytes {
          SocketPacketEncoder.writeFrame(
            type: type, namespace: "/bench", id: id, payload: $0, into: &buffer)
        }
      }
    }
  }

  /// A message with bytes of its own, which all its receivers share.
  private static let publication = MicroCase(
    "encoder/shared publication", result: 2 + 1 + 8 + payload.count
  ) {
    let size = SocketPacketEncoder.headerSize(type: .event, namespace: "/bench")
    return {
      let message = EncodedMessage(text: size + payload.count) { buffer in
        SocketPacketEncoder.writeHeader(type: .event, namespace: "/bench", into: &buffer)
        buffer.writeBytes(payload)
      }
      return message.frame.readableBytes
    }
  }
}
