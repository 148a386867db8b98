// The latest of a stream, as this node has seen it, for engines whose nodes follow one stream of all
// channels: most who come back have missed only little, and are answered from here. Pure.

import NIOCore

/// A publication of the stream.
public struct KeptPublication: Sendable {
  public let publication: EnginePublication
  public let offset: UInt64
  /// When it was published, in milliseconds since 1970.
  public let time: Int64

  public init(publication: EnginePublication, offset: UInt64, time: Int64) {
    self.publication = publication
    self.offset = offset
    self.time = time
  }
}

/// All publications after a certain offset.
public struct KeptTail: Sendable {
  public private(set) var publications = CircularBuffer<KeptPublication>()
  /// All after this offset is here.
  public private(set) var start: UInt64 = 0
  private var byteCount = 0

  private static let mostPublications = 10_000
  private static let mostBytes = 16 << 20

  public init() {}

  /// Forgets all; what follows comes after `offset`.
  public mutating func begin(after offset: UInt64) {
    publications.removeAll()
    byteCount = 0
    start = offset
  }

  public mutating func append(_ kept: KeptPublication) {
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
