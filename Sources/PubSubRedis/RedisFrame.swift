// The bytes that travel on a Pub/Sub channel: a line with the position of the first publication, EPOCH:OFFSET,
// empty when they have no history; then each publication with its length before it. Publications of one
// channel that are sent together share a frame. In streams each stands alone, with its length, too. Pure.

import NIOCore
import PubSub

/// Publications of one channel as the server carries them.
enum RedisFrame {
  /// The bytes of a length, in network order.
  static let lengthSize = 4
  private static let longestHeader = 64
  private static let lineFeed: UInt8 = 0x0A

  /// Reads a frame. What no node wrote has no publications.
  static func publications(_ frame: ByteBuffer, on channel: String) -> [EnginePublication] {
    var frame = frame
    let start = frame.readableBytesView.prefix(longestHeader)
    guard let end = start.firstIndex(of: lineFeed),
      let header = frame.readString(length: end - start.startIndex)
    else { return [] }
    frame.moveReaderIndex(forwardBy: 1)
    let first = Position(header)
    guard first != nil || header.isEmpty else { return [] }
    var publications: [EnginePublication] = []
    while let bytes = readPublication(&frame) {
      let position = first.map {
        Position(epoch: $0.epoch, offset: $0.offset &+ UInt64(publications.count))
      }
      guard let publication = EnginePublication(bytes, on: channel, at: position) else { return [] }
      publications.append(publication)
    }
    return publications
  }

  /// Reads one publication with its length; nil when there is no whole one.
  static func readPublication(_ bytes: inout ByteBuffer) -> ByteBuffer? {
    bytes.readLengthPrefixedSlice(as: UInt32.self)
  }
}
