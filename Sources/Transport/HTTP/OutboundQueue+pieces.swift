import NIOCore

extension OutboundQueue {
  /// Takes what was queued first, at most `limit` bytes of it; long buffers are cut, not copied.
  mutating func take(atMost limit: Int) -> OutboundQueue {
    guard byteCount > limit else { return takeAll() }
    var piece = OutboundQueue()
    var rest = OutboundQueue()
    for var buffer in takeAll() {
      let room = Swift.min(limit - piece.byteCount, buffer.readableBytes)
      if room > 0, let slice = buffer.readSlice(length: room) { piece.append(slice) }
      if buffer.readableBytes > 0 { rest.append(buffer) }
    }
    self = rest
    return piece
  }
}
