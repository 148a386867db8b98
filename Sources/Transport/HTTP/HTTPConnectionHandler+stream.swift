// Bodies that are sent piece by piece: in chunks, or as they are when the head has told their length
// or the end of the connection ends them. Only a client that leaves a piece untaken is timed; a
// stream may be silent for as long as its maker likes.

import NIOCore
import NIOHTTP1

extension HTTPConnectionHandler {
  /// Sends a body behind a head that has been written and not been flushed.
  ///
  /// - Parameter isChunked: whether the body needs framing of its own (RFC 9112 section 7.1).
  func send(_ stream: ResponseStream, isChunked: Bool = false, for exchange: Exchange) {
    var exchange = exchange
    exchange.stream = stream
    exchange.isChunked = isChunked
    state = .answering(exchange)
    if isInputClosed && exchange.needsClient {
      context?.close(promise: nil)
    } else {
      stream.attach(to: self, on: loop)
      context?.flush()
    }
  }

  private func pieceLeft(
    of stream: ResponseStream, isLast: Bool, _ result: Result<Void, any Error>
  ) {
    guard case .answering(let exchange) = state, exchange.stream === stream else {
      return stream.pieceLeft()
    }
    timer.deadline = nil
    stream.pieceLeft()
    switch result {
    case .success: if isLast { responded(to: exchange) }
    case .failure: context?.close(promise: nil)
    }
  }

  /// Writes all but the end of a piece, which it returns.
  private func begin(_ piece: OutboundQueue, _ context: ChannelHandlerContext) -> ByteBuffer {
    var last = ByteBuffer()
    for bytes in piece {
      if last.readableBytes > 0 { context.write(wrapOutboundOut(.byteBuffer(last)), promise: nil) }
      last = bytes
    }
    return last
  }

  /// Writes all but the end of a chunk, which it returns: short pieces are copied into one buffer
  /// with their framing.
  private func beginChunk(
    _ piece: OutboundQueue, isLast: Bool, _ context: ChannelHandlerContext
  ) -> ByteBuffer {
    var buffer = ByteBuffer()
    if piece.byteCount > 0 {
      if piece.byteCount <= Self.shortBody { buffer.reserveCapacity(piece.byteCount + 20) }
      buffer.writeString(String(piece.byteCount, radix: 16))
      buffer.writeStaticString("\r\n")
    }
    if piece.byteCount <= Self.shortBody {
      for bytes in piece { buffer.writeImmutableBuffer(bytes) }
    } else {
      context.write(wrapOutboundOut(.byteBuffer(buffer)), promise: nil)
      context.write(wrapOutboundOut(.byteBuffer(begin(piece, context))), promise: nil)
      buffer = ByteBuffer()
    }
    if piece.byteCount > 0 { buffer.writeStaticString("\r\n") }
    if isLast { buffer.writeStaticString("0\r\n\r\n") }
    return buffer
  }
}

extension HTTPConnectionHandler: ResponseCarrier {
  func carry(_ piece: OutboundQueue, isLast: Bool) {
    guard let context, case .answering(let exchange) = state, let stream = exchange.stream else {
      return
    }
    let end =
      exchange.isChunked
      ? beginChunk(piece, isLast: isLast, context) : begin(piece, context)
    context.writeAndFlush(wrapOutboundOut(.byteBuffer(end)))
      .assumeIsolatedUnsafeUnchecked()
      .whenComplete { self.pieceLeft(of: stream, isLast: isLast, $0) }
    if stream.isCarrying { timer.deadline = .now() + service.configuration.idleTimeout }
  }

  func abortBody() { context?.close(promise: nil) }
}
