// Below the multiplexer of an HTTP/2 connection: however many of its streams write in one turn of
// the loop, the connection is flushed once, at its end.

import NIOCore

/// Gathers the flushes of one connection. Isolated to its channel's event loop.
final class TurnFlushHandler: ChannelOutboundHandler {
  typealias OutboundIn = IOData

  private let loop: ServerLoop
  private var context: ChannelHandlerContext?
  private var isFlushDue = false

  init(loop: ServerLoop) { self.loop = loop }

  func handlerAdded(context: ChannelHandlerContext) { self.context = context }

  func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

  func flush(context: ChannelHandlerContext) {
    guard !isFlushDue else { return }
    isFlushDue = true
    loop.flushLater(self)
  }

  /// What has been flushed leaves before the end.
  func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
    if isFlushDue { flush() }
    context.close(mode: mode, promise: promise)
  }
}

extension TurnFlushHandler: TurnEnd {
  func flush() {
    isFlushDue = false
    context?.flush()
  }
}
