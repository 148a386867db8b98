import NIOCore

/// Buffers that have been written, for what is written next: an answer to a client takes no memory of its
/// own then. Isolated to one event loop.
struct SpareBuffers {
  /// Half a mebibyte at most, with the next.
  private static let most = 128
  private static let longest = 4_096

  private var buffers: [ByteBuffer] = []

  /// Keeps a buffer that the caller is done with. Others may still hold its bytes.
  mutating func give(_ buffer: ByteBuffer) {
    if buffers.count < Self.most, buffer.storageCapacity <= Self.longest { buffers.append(buffer) }
  }

  /// An empty buffer with room for `capacity` bytes.
  mutating func take(_ capacity: Int) -> ByteBuffer {
    guard capacity <= Self.longest, var buffer = buffers.popLast(),
      buffer.modifyIfUniquelyOwned({ $0.clear() }) != nil
    else { return ByteBufferAllocator().buffer(capacity: capacity) }
    buffer.reserveCapacity(capacity)
    return buffer
  }
}
