// The first handler behind TLS: waits for the handshake, within a deadline, and gives its place to
// what the two sides have agreed on (RFC 7301).

import NIOCore
import NIOTLS

/// Chooses the protocol of one encrypted connection. Isolated to its channel's event loop.
final class TLSNegotiationHandler: ChannelInboundHandler, RemovableChannelHandler {
  typealias InboundIn = Never

  /// What a connection speaks inside TLS.
  enum Agreement {
    case http1
    case http2
  }

  private let timer: DeadlineTimer
  private let configure: (Agreement) throws -> Void

  /// - Parameters:
  ///   - timeout: how long the handshake may take.
  ///   - configure: adds the handlers of the protocol.
  init(
    channel: any Channel, loop: ServerLoop, timeout: TimeAmount,
    configure: @escaping (Agreement) throws -> Void
  ) {
    self.configure = configure
    timer = DeadlineTimer(queue: loop.deadlines) { channel.close(promise: nil) }
    timer.deadline = .now() + timeout
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    switch event {
    case TLSUserEvent.handshakeCompleted(let name): agreed(name == "h2" ? .http2 : .http1, context)
    case is ChannelShouldQuiesceEvent, ChannelEvent.inputClosed: context.close(promise: nil)
    default: context.fireUserInboundEventTriggered(event)
    }
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    context.close(promise: nil)
  }

  func channelInactive(context: ChannelHandlerContext) {
    timer.cancel()
    context.fireChannelInactive()
  }

  private func agreed(_ agreement: Agreement, _ context: ChannelHandlerContext) {
    timer.cancel()
    do {
      try configure(agreement)
      context.pipeline.syncOperations.removeHandler(context: context, promise: nil)
    } catch {
      context.close(promise: nil)
    }
  }
}
