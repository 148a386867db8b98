// The latest of the stream, as this node has seen it: most who come back have missed only little, and
// are answered from here. Pure.

import NIOCore
import PubSub

/// A publication of the stream.
struct KeptPublication {
  let publication: EnginePublication
  let offset: UInt64
  /// When it was published, in milliseconds since 1970.
  let time: Int64
}

/// All publications after a certain offset.
struct KeptTail {
  private(set) var publications = CircularBuffer<KeptPublication>()
  /// All after this offset is here.
  private(set) var start: UInt64 = 0
  private var byteCount = 0

  private static let mostPublications = 10_000
  private static let mostBytes = 16 << 20

  /// Forgets all; what follows comes after `offset`.
  mutating func begin(after offset: UInt64) {
    publications.removeAll()
    byteCount = 0
    start = offset
  }

  mutating func append(_ kept: KeptPublication) {
    publications.append(kept)
    byteCount += kept.publication.message.readableBytes
    while publications.count > Self.mostPublications || byteCount > Self.mostBytes,
      let oldest = publications.popFirst()
    {
      byteCount -= oldest.publication.message.readableBytes
      start = oldest.offset
    }
  }
}
