// What waits to be written to one client: whole unmasked WebSocket frames, in order, whichever
// transport the session is on (a poll turns them into a payload). A single shared frame is kept
// by reference, so a publication to an idle client copies nothing; from the second small message
// on, messages are gathered in one buffer; long ones stay as they are.

import NIOCore
import RealtimeProtocol

/// The outgoing frames of one session. An empty queue owns no memory.
struct OutboundQueue {
  /// Frames longer than this are not copied together with others.
  private static let longFrame = 16 * 1024
  /// A gathered buffer that is longer than this is not added to.
  private static let fullBuffer = 64 * 1024

  /// Room in a buffer that is begun, because more is likely to follow.
  private static let firstBuffer = 512

  private var first: ByteBuffer?
  private var rest: [ByteBuffer] = []
  /// Whether the last buffer belongs to this queue alone and may be appended to.
  private var ownsLast = false
  private(set) var byteCount = 0

  var isEmpty: Bool { byteCount == 0 }

  /// All that is queued, if it is in one buffer.
  var only: ByteBuffer? { rest.isEmpty ? first : nil }

  /// Queues a whole frame.
  mutating func append(_ frame: ByteBuffer) {
    let length = frame.readableBytes
    byteCount += length
    guard first != nil else {
      first = frame
      ownsLast = false
      return
    }
    guard length <= Self.longFrame, last.readableBytes <= Self.fullBuffer else {
      rest.append(frame)
      ownsLast = false
      return
    }
    if ownsLast {
      _ = withLast { $0.writeImmutableBuffer(frame) }
    } else if last.readableBytes <= Self.longFrame {
      gather(frame)
    } else {
      rest.append(frame)
    }
  }

  /// Queues a frame that `write` appends, `capacity` bytes at most by its own account.
  ///
  /// - Parameter spares: where a buffer that is begun comes from.
  mutating func append(
    capacity: Int, using spares: inout SpareBuffers, _ write: (inout ByteBuffer) -> Void
  ) {
    if first != nil && ownsLast && last.readableBytes <= Self.fullBuffer {
      byteCount += withLast(write)
    } else {
      var buffer = spares.take(Swift.max(capacity, Self.firstBuffer))
      write(&buffer)
      append(buffer)
      ownsLast = true
    }
  }

  /// Empties the queue. Writing can come back to the session, so what is written must not be in it
  /// any more.
  mutating func takeAll() -> OutboundQueue {
    defer { self = OutboundQueue() }
    return self
  }

  mutating func removeAll() { self = OutboundQueue() }

  private var last: ByteBuffer { rest.last ?? first ?? ByteBuffer() }

  /// Copies the shared last buffer and `frame` into one of this queue's own.
  private mutating func gather(_ frame: ByteBuffer) {
    let shared = last
    var buffer = ByteBuffer()
    buffer.reserveCapacity(Swift.max(512, 2 * (shared.readableBytes + frame.readableBytes)))
    buffer.writeImmutableBuffer(shared)
    buffer.writeImmutableBuffer(frame)
    if rest.isEmpty { first = buffer } else { rest[rest.count - 1] = buffer }
    ownsLast = true
  }

  /// Changes the last buffer in place; the result is by how much it grew.
  private mutating func withLast(_ body: (inout ByteBuffer) -> Void) -> Int {
    guard rest.isEmpty else { return Self.grow(&rest[rest.count - 1], body) }
    guard var buffer = first.take() else { return 0 }
    defer { first = buffer }
    return Self.grow(&buffer, body)
  }

  private static func grow(_ buffer: inout ByteBuffer, _ body: (inout ByteBuffer) -> Void) -> Int {
    let before = buffer.readableBytes
    body(&buffer)
    return buffer.readableBytes - before
  }
}

extension OutboundQueue: Sequence {
  /// Gives the buffers in order.
  struct Iterator: IteratorProtocol {
    fileprivate let queue: OutboundQueue
    private var position = -1

    fileprivate init(queue: OutboundQueue) { self.queue = queue }

    mutating func next() -> ByteBuffer? {
      defer { position += 1 }
      if position < 0 { return queue.first }
      return position < queue.rest.count ? queue.rest[position] : nil
    }
  }

  func makeIterator() -> Iterator { Iterator(queue: self) }
}
