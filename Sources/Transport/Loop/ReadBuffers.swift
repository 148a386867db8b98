// Where the bytes of connections are read into. A channel keeps the first buffer that it has read into
// for as long as it lives (NIOPooledRecvBufferAllocator, with one message a read), so the first is
// tiny; the others are let go of, or handed back, so that an idle connection holds none.

import NIOCore

/// The read buffers of a connection that speaks HTTP or TLS. The channel must read one message at a
/// time.
struct ReadBuffers: RecvByteBufferAllocator {
  /// Bytes of the first read.
  static let first = 16
  private static let sizes = 2 * 1024...64 * 1024

  private var size = first

  func buffer(allocator: ByteBufferAllocator) -> ByteBuffer { allocator.buffer(capacity: size) }

  /// Doubles the size when a buffer was filled, halves it when little of it was.
  /// - Returns: true always, so that the channel asks for another buffer.
  mutating func record(actualReadBytes: Int) -> Bool {
    if actualReadBytes >= size {
      size = min(2 * size, Self.sizes.upperBound)
    } else if actualReadBytes < size / 4 {
      size /= 2
    }
    size = max(size, Self.sizes.lowerBound)
    return true
  }

  func nextBufferSize() -> Int? { nil }
}

/// The read buffer of all plain WebSockets of one loop: who has read hands it back.
struct SharedReadBuffer: RecvByteBufferAllocator {
  private static let size = 64 * 1024

  let loop: ServerLoop

  /// Takes back what has been read into and is not needed any more.
  static func reclaim(_ buffer: ByteBuffer, for loop: ServerLoop) {
    if buffer.storageCapacity >= size { loop.readBuffer = buffer }
  }

  func buffer(allocator: ByteBufferAllocator) -> ByteBuffer {
    guard var buffer = loop.readBuffer.take() else { return allocator.buffer(capacity: Self.size) }
    buffer.clear()
    return buffer
  }

  mutating func record(actualReadBytes: Int) -> Bool { true }

  func nextBufferSize() -> Int? { nil }
}
