// What waits for one client. The queue is the transport's own source file, so that the thresholds do
// not have to build the transport with its TLS.

import NIOCore
import RealtimeProtocol

extension MicroCase {
  static let queue = [
    shared("queue/one shared frame", frames: 1),
    shared("queue/16 shared frames", frames: 16),
    replies,
  ]

  /// Publications, encoded already, on their way to a client.
  private static func shared(_ name: String, frames: Int) -> MicroCase {
    MicroCase(name, result: frames * 52) {
      let frame = ByteBuffer(repeating: UInt8(ascii: "x"), count: 52)
      var queue = OutboundQueue()
      return {
        for _ in 0..<frames { queue.append(frame) }
        return queue.takeAll().reduce(0) { $0 + $1.readableBytes }
      }
    }
  }

  /// Replies, which are written straight to where they wait.
  private static let replies = MicroCase("queue/16 replies", result: 16 * 23) {
    let payload = Array(#"["hello"]"#.utf8)
    var queue = OutboundQueue()
    var spares = SpareBuffers()
    return {
      for _ in 0..<16 {
        queue.append(capacity: 64, using: &spares) { buffer in
          payload.withUnsafeBytes { bytes in
            _ = SocketPacketEncoder.writeFrame(
              type: .ack, namespace: "/bench", id: 117, payload: bytes, into: &buffer)
          }
        }
      }
      return queue.takeAll().reduce(0) { $0 + $1.readableBytes }
    }
  }
}
