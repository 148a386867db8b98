// In front of TLS: tells a client that speaks plain HTTP what is wrong, which TLS itself could only
// do by closing. After the first bytes of a connection it is gone.

import NIOCore

/// Lets TLS through and answers plain requests. Isolated to its channel's event loop.
final class PlaintextGuard: ChannelInboundHandler, RemovableChannelHandler {
  typealias InboundIn = ByteBuffer
  typealias InboundOut = ByteBuffer
  typealias OutboundOut = ByteBuffer

  private static let answer = """
    HTTP/1.1 400 Bad Request\r
    content-type: text/plain; charset=utf-8\r
    content-length: 34\r
    connection: close\r
    \r
    This port speaks HTTPS, not HTTP.\n
    """

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    let bytes = unwrapInboundIn(data)
    guard let first = bytes.readableBytesView.first else { return }
    if Self.isHTTP(first) {
      context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: Self.answer)))
        .assumeIsolatedUnsafeUnchecked().whenComplete { _ in context.close(promise: nil) }
    } else {
      context.fireChannelRead(data)
      context.pipeline.syncOperations.removeHandler(context: context, promise: nil)
    }
  }

  /// Whether a connection begins with a letter, as methods do.
  private static func isHTTP(_ first: UInt8) -> Bool { first >= 0x41 && first <= 0x5A }
}
