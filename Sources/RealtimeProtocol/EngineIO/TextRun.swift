import NIOCore

/// Text messages that a read begins with, one behind the other in the same bytes: a view of what was read,
/// which needs no memory of its own.
public struct TextRun: Sendable {
  private let batch: WebSocketBatch
  public let count: Int

  /// - Precondition: the first `count` items of `batch` lie in its bytes and are not empty.
  init(first count: Int, of batch: WebSocketBatch) {
    self.batch = batch
    self.count = count
  }

  public var isEmpty: Bool { count == 0 }

  /// What the messages lie in.
  public var bytes: ByteBuffer { batch.bytes }

  /// Where the message at `index` is in ``bytes``, counted from its reader index and without the leading `4`.
  public func range(at index: Int) -> Range<Int> {
    let range = batch.range(at: index)
    return range.lowerBound + 1..<range.upperBound
  }

  /// The message at `index`.
  public subscript(index: Int) -> ByteBuffer {
    let range = range(at: index)
    return bytes.getSlice(at: bytes.readerIndex + range.lowerBound, length: range.count)
      ?? ByteBuffer()
  }
}
