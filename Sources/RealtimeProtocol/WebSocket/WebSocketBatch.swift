// What one channel read brought. Payloads are unmasked into one buffer before any of them is
// handed out: a slice that a receiver keeps would otherwise make the next write copy the buffer.

import NIOCore

/// The complete messages and control frames of one read, in order.
public struct WebSocketBatch: Sendable {
  private struct Item: Sendable {
    let opcode: WebSocketOpcode
    var isCompressed = false
    let start: Int
    let length: Int
    /// A payload with a buffer of its own, because it came in several reads.
    let whole: ByteBuffer?

    /// Whether it is a text in the bytes of the batch that has a first byte.
    var isText: Bool { opcode == .text && length > 0 && whole == nil }
  }

  var bytes = ByteBuffer()
  private var items: [Item] = []
  /// Whether a message must be inflated before anybody reads it.
  public private(set) var hasCompressed = false

  public init() {}

  public var count: Int { items.count }
  public var isEmpty: Bool { items.isEmpty }

  /// The message or control frame at `index`: its opcode (never `.continuation`) and payload.
  public subscript(index: Int) -> (opcode: WebSocketOpcode, payload: ByteBuffer) {
    let item = items[index]
    let payload = item.whole ?? bytes.getSlice(at: item.start, length: item.length)
    return (item.opcode, payload ?? ByteBuffer())
  }

  /// The payload at `index` without its first byte, if it is text that begins with `byte`.
  public func text(at index: Int, after byte: UInt8) -> ByteBuffer? {
    let item = items[index]
    guard item.opcode == .text else { return nil }
    if var whole = item.whole { return whole.readInteger() == byte ? whole : nil }
    guard item.length > 0, bytes.getInteger(at: item.start) == byte else { return nil }
    return bytes.getSlice(at: item.start + 1, length: item.length - 1)
  }

  /// The text messages at its beginning whose first byte is `byte`, without it, up to the first item that is
  /// something else or has a buffer of its own.
  public func leadingTexts(after byte: UInt8) -> TextRun {
    var count = 0
    bytes.withUnsafeReadableBytes { raw in
      while count < items.count, items[count].isText, raw[items[count].start] == byte { count += 1 }
    }
    return TextRun(first: count, of: self)
  }

  /// Where the item at `index`, which has no buffer of its own, is in the bytes.
  func range(at index: Int) -> Range<Int> {
    let item = items[index]
    return item.start..<item.start + item.length
  }

  /// Whether the item at `index` is a ping, pong or close frame.
  public func isControl(at index: Int) -> Bool { items[index].opcode.isControl }

  /// Empties the batch; its memory is used again unless a payload is still held.
  public mutating func removeAll() {
    hasCompressed = false
    items.removeAll(keepingCapacity: items.capacity <= 256)
    let wasOurs: Void? = bytes.modifyIfUniquelyOwned { $0.clear() }
    if wasOurs == nil || bytes.capacity > 1 << 17 { bytes = ByteBuffer() }
  }

  func isCompressed(at index: Int) -> Bool { items[index].isCompressed }

  mutating func replace(at index: Int, with message: ByteBuffer) {
    items[index] = Item(opcode: items[index].opcode, start: 0, length: 0, whole: message)
  }

  mutating func removeLast(_ count: Int) { items.removeLast(count) }

  /// Appends texts as long as `read` finds them.
  ///
  /// - Parameters:
  ///   - source: the frames; those that were taken are gone afterwards.
  ///   - read: unmasks the text that the frames begin with to where it is told, which has room for all of
  ///     them; answers with the lengths of the frame and of the text, or nil if it finds none.
  mutating func writeTexts(
    from source: inout UnsafeRawBufferPointer,
    _ read: (UnsafeRawBufferPointer, UnsafeMutableRawPointer) -> (frame: Int, text: Int)?
  ) {
    let first = bytes.writerIndex
    bytes.writeWithUnsafeMutableBytes(minimumWritableBytes: source.count) { target in
      guard let start = target.baseAddress else { return 0 }
      var written = 0
      while let (frame, text) = read(source, start + written) {
        items.append(
          Item(opcode: .text, start: first + written, length: text, whole: nil))
        written += text
        source = UnsafeRawBufferPointer(rebasing: source.dropFirst(frame))
      }
      return written
    }
  }

  mutating func append(_ opcode: WebSocketOpcode, isCompressed: Bool, from start: Int) {
    if isCompressed { hasCompressed = true }
    items.append(
      Item(
        opcode: opcode, isCompressed: isCompressed, start: start,
        length: bytes.writerIndex - start, whole: nil))
  }

  mutating func append(_ opcode: WebSocketOpcode, isCompressed: Bool, whole: ByteBuffer) {
    if isCompressed { hasCompressed = true }
    items.append(
      Item(opcode: opcode, isCompressed: isCompressed, start: 0, length: 0, whole: whole))
  }
}
