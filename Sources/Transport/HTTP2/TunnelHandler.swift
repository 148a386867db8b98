// Makes a stream of an HTTP/2 connection look like a connection of its own: bytes in, bytes out, each
// direction with an end (RFC 8441 section 5). Under a WebSocketHandler, which knows no frames but
// its own.

import NIOCore
import NIOHTTP2

/// Turns DATA frames into bytes and back. Isolated to its channel's event loop.
final class TunnelHandler: ChannelDuplexHandler {
  typealias InboundIn = HTTP2Frame.FramePayload
  typealias InboundOut = ByteBuffer
  typealias OutboundIn = ByteBuffer
  typealias OutboundOut = HTTP2Frame.FramePayload

  private var isOutputClosed = false

  /// A stream whose two directions have ended closes by itself, once its last frames have left; asked
  /// to close, it would drop them.
  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    guard case .data(let frame) = unwrapInboundIn(data) else { return }
    if case .byteBuffer(let bytes) = frame.data, bytes.readableBytes > 0 {
      context.fireChannelRead(wrapInboundOut(bytes))
    }
    if frame.endStream && !isOutputClosed {
      context.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
    }
  }

  func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
    let frame = HTTP2Frame.FramePayload.data(.init(data: .byteBuffer(unwrapOutboundIn(data))))
    context.write(wrapOutboundOut(frame), promise: promise)
  }

  /// A channel of a stream cannot be closed by half; its last frame says that it is the last.
  func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
    guard mode == .output else { return context.close(mode: mode, promise: promise) }
    isOutputClosed = true
    let frame = HTTP2Frame.FramePayload.data(
      .init(data: .byteBuffer(ByteBuffer()), endStream: true))
    context.writeAndFlush(wrapOutboundOut(frame), promise: promise)
  }
}
