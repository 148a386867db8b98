import NIOCore

/// The masking key of a client's frame, turned to where the next payload byte stands
/// (RFC 6455 section 5.3).
struct WebSocketMask: Sendable {
  /// The four key bytes in the order of memory.
  private var key: UInt32

  init(key: UInt32) { self.key = key }

  /// Appends `source` unmasked and turns the key for the bytes that follow.
  ///
  /// - Returns: whether all of it is ASCII.
  mutating func unmask(
    _ source: UnsafeRawBufferPointer, into buffer: inout ByteBuffer
  ) -> Bool {
    guard source.count > 0 else { return true }
    var seen: UInt64 = 0
    buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: source.count) { target in
      seen = apply(to: source, into: target)
      return source.count
    }
    let turn = UInt32(source.count & 3) * 8
    if turn > 0 {
      key = UInt32(littleEndian: key)
      key = (key >> turn | key << (32 - turn)).littleEndian
    }
    return seen & 0x8080_8080_8080_8080 == 0
  }

  /// Eight bytes at a time; the result is everything that was written, ORed together.
  private func apply(
    to source: UnsafeRawBufferPointer, into target: UnsafeMutableRawBufferPointer
  ) -> UInt64 {
    let wide = UInt64(key) << 32 | UInt64(key)
    var seen: UInt64 = 0
    let words = source.count & ~7
    for index in stride(from: 0, to: words, by: 8) {
      let word = source.loadUnaligned(fromByteOffset: index, as: UInt64.self) ^ wide
      target.storeBytes(of: word, toByteOffset: index, as: UInt64.self)
      seen |= word
    }
    var rest = wide.littleEndian
    for index in words..<source.count {
      let byte = source[index] ^ UInt8(truncatingIfNeeded: rest)
      target[index] = byte
      seen |= UInt64(byte)
      rest >>= 8
    }
    return seen
  }
}
