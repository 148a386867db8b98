// What one channel read brought. Payloads are unmasked into one buffer before any of them is
// handed out: a slice that a receiver keeps would otherwise make the next write copy the buffer.

import NIOCore

/// The complete messages and control frames of one read, in order.
public struct WebSocketBatch: Sendable {
  private struct Item: Sendable {
    let opcode: WebSocketOpcode
    let start: Int
    let length: Int
    /// A payload with a buffer of its own, because it came in several reads.
    let whole: ByteBuffer?
  }

  var bytes = ByteBuffer()
  private var items: [Item] = []

  public init() {}

  public var count: Int { items.count }
  public var isEmpty: Bool { items.isEmpty }

  /// The message or control frame at `index`: its opcode (never `.continuation`) and payload.
  public subscript(index: Int) -> (opcode: WebSocketOpcode, payload: ByteBuffer) {
    let item = items[index]
    let payload = item.whole ?? bytes.getSlice(at: item.start, length: item.length)
    return (item.opcode, payload ?? ByteBuffer())
  }

  /// Whether the item at `index` is a ping, pong or close frame.
  public func isControl(at index: Int) -> Bool { items[index].opcode.isControl }

  /// Empties the batch; its memory is used again unless a payload is still held.
  public mutating func removeAll() {
    items.removeAll(keepingCapacity: items.capacity <= 256)
    let wasOurs: Void? = bytes.modifyIfUniquelyOwned { $0.clear() }
    if wasOurs == nil || bytes.capacity > 1 << 17 { bytes = ByteBuffer() }
  }

  mutating func append(_ opcode: WebSocketOpcode, from start: Int) {
    items.append(
      Item(opcode: opcode, start: start, length: bytes.writerIndex - start, whole: nil))
  }

  mutating func append(_ opcode: WebSocketOpcode, whole: ByteBuffer) {
    items.append(Item(opcode: opcode, start: 0, length: 0, whole: whole))
  }
}
