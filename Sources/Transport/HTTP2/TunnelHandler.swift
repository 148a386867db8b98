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

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    guard case .data(let frame) = unwrapInboundIn(data) else { return }
    if case .byteBuffer(let bytes) = frame.data, bytes.readableBytes > 0 {
      context.fireChannelRead(wrapInboundOut(bytes))
    }
    if frame.endStream { context.fireUserInboundEventTriggered(ChannelEvent.inputClosed) }
  }

  func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
    let frame = HTTP2Frame.FramePayload.data(.init(data: .byteBuffer(unwrapOutboundIn(data))))
    context.write(wrapOutboundOut(frame), promise: promise)
  }

  /// A channel of a stream cannot be closed by half; its last frame says that it is the last.
  func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
    guard mode == .output else { return context.close(mode: mode, promise: promise) }
    let frame = HTTP2Frame.FramePayload.data(
      .init(data: .byteBuffer(ByteBuffer()), endStream: true))
    context.writeAndFlush(wrapOutboundOut(frame), promise: promise)
  }
}
