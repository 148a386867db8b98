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
    guard let bytes = source.baseAddress, source.count > 0 else { return true }
    var isASCII = true
    buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: source.count) { target in
      guard let start = target.baseAddress else { return 0 }
      isASCII = unmask(bytes, source.count, to: start)
      return source.count
    }
    let turn = UInt32(source.count & 3) * 8
    if turn > 0 {
      key = UInt32(littleEndian: key)
      key = (key >> turn | key << (32 - turn)).littleEndian
    }
    return isASCII
  }

  /// Writes `count` bytes from `source` unmasked to `target`, eight at a time; the last eight may be some of
  /// them once more.
  ///
  /// - Returns: whether all of them are ASCII.
  func unmask(
    _ source: UnsafeRawPointer, _ count: Int, to target: UnsafeMutableRawPointer
  ) -> Bool {
    let wide = UInt64(key) << 32 | UInt64(key)
    var seen: UInt64 = 0
    var index = 0
    while index + 8 <= count {
      let word = source.loadUnaligned(fromByteOffset: index, as: UInt64.self) ^ wide
      target.storeBytes(of: word, toByteOffset: index, as: UInt64.self)
      seen |= word
      index += 8
    }
    if index < count && count >= 8 {
      index = count - 8
      let turn = UInt64(index & 3) * 8
      let turned = wide.littleEndian &>> turn | wide.littleEndian &<< (64 - turn)
      let word = source.loadUnaligned(fromByteOffset: index, as: UInt64.self) ^ turned.littleEndian
      target.storeBytes(of: word, toByteOffset: index, as: UInt64.self)
      return (seen | word) & 0x8080_8080_8080_8080 == 0
    }
    var rest = wide.littleEndian
    while index < count {
      let byte =
        source.load(fromByteOffset: index, as: UInt8.self) ^ UInt8(truncatingIfNeeded: rest)
      target.storeBytes(of: byte, toByteOffset: index, as: UInt8.self)
      seen |= UInt64(byte)
      rest >>= 8
      index += 1
    }
    return seen & 0x8080_8080_8080_8080 == 0
  }
}
