import NIOCore

/// Text messages that one read brought, one behind the other in the same bytes: taken together they
/// cost one reference.
public struct TextRun: Sendable {
  /// Where each message is in `bytes`, counted from its reader index and without the leading `4`.
  public private(set) var ranges: ContiguousArray<Range<Int32>> = []
  public let bytes: ByteBuffer

  /// - Parameter capacity: how many messages there may be.
  public init(in bytes: ByteBuffer, capacity: Int) {
    self.bytes = bytes
    ranges.reserveCapacity(capacity)
  }

  public var count: Int { ranges.count }
  public var isEmpty: Bool { ranges.isEmpty }

  /// Adds the message in `range`, counted from the reader index.
  public mutating func append(_ range: Range<Int>) {
    ranges.append(
      Int32(truncatingIfNeeded: range.lowerBound)..<Int32(truncatingIfNeeded: range.upperBound))
  }

  /// The message at `index`.
  public subscript(index: Int) -> ByteBuffer {
    let range = ranges[index]
    return bytes.getSlice(at: bytes.readerIndex + Int(range.lowerBound), length: range.count)
      ?? ByteBuffer()
  }
}
