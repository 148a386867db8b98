// One connection to another node, over HTTP/1.1: a request goes, its answer comes, then perhaps the next.
// When the answer is that the connection is a WebSocket's from now on, it lets others have the channel.

import NIOCore
import NIOHTTP1

/// The last handler of a connection to a node. Isolated to its channel's event loop.
///
/// `@unchecked Sendable` because answers hold it on their way, on the same loop.
final class RelayConnection: ChannelDuplexHandler, RemovableChannelHandler, @unchecked Sendable {
  typealias InboundIn = HTTPClientResponsePart
  typealias OutboundIn = HTTPClientRequestPart
  typealias OutboundOut = HTTPClientRequestPart

  let address: NodeAddress
  var deadlines: DeadlineQueue { pool.deadlines }
  private let channel: any Channel
  private let pool: RelayPool
  private let encoder: HTTPRequestEncoder
  private let decoder: ByteToMessageHandler<HTTPResponseDecoder>
  private var context: ChannelHandlerContext?
  private var exchange: RelayExchange?
  /// Whether another request may follow the one that is being answered.
  private var isReusable = true
  private var isPaused = false
  private var holdsRead = false
  private lazy var timer = DeadlineTimer(queue: deadlines) { [weak self] in self?.close() }

  /// Gives a new channel its handlers.
  init(on channel: any Channel, to address: NodeAddress, pool: RelayPool) throws {
    self.channel = channel
    self.address = address
    self.pool = pool
    var configuration = HTTPRequestEncoder.Configuration()
    configuration.automaticallySetFramingHeaders = false
    encoder = HTTPRequestEncoder(configuration: configuration)
    decoder = ByteToMessageHandler(HTTPResponseDecoder(leftOverBytesStrategy: .forwardBytes))
    try channel.pipeline.syncOperations.addHandlers(encoder, decoder, self)
  }

  // MARK: For exchanges

  func send(_ head: HTTPRequestHead, _ body: ByteBuffer, for exchange: RelayExchange) {
    timer.deadline = nil
    guard let context else { return exchange.lost() }
    self.exchange = exchange
    context.write(wrapOutboundOut(.head(head)), promise: nil)
    if body.readableBytes > 0 {
      context.write(wrapOutboundOut(.body(.byteBuffer(body))), promise: nil)
    }
    context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
  }

  /// The exchange has its answer.
  func finished() {
    exchange = nil
    resume()
    if isReusable && context != nil { pool.keep(self) } else { close() }
  }

  /// Reads no more until ``resume()``.
  func pause() { isPaused = true }

  func resume() {
    isPaused = false
    guard holdsRead else { return }
    holdsRead = false
    context?.read()
  }

  /// Ends the connection; the other node takes that for the end of its client.
  func close() {
    exchange = nil
    channel.close(promise: nil)
  }

  /// Gives the channel to `handler`, and what has been read behind the answer.
  ///
  /// - Returns: false if the channel has ended.
  func handOver(to handler: SpliceHandler) -> Bool {
    exchange = nil
    guard let context else { return false }
    let pipeline = context.pipeline.syncOperations
    do {
      try pipeline.addHandler(handler)
      pipeline.removeHandler(context: context, promise: nil)
      pipeline.removeHandler(encoder, promise: nil)
      // The decoder looks at what is written, and leaves only after this turn of the loop.
      pipeline.removeHandler(decoder).assumeIsolatedUnsafeUnchecked().whenComplete { _ in
        handler.becomeReady()
      }
      return true
    } catch {
      channel.close(promise: nil)
      return false
    }
  }

  // MARK: For the pool

  /// Waits for the next request, and ends if none comes.
  func rest() { timer.deadline = .now() + RelayPool.idleTimeout }

  // MARK: Channel events

  func handlerAdded(context: ChannelHandlerContext) { self.context = context }

  func handlerRemoved(context: ChannelHandlerContext) { ended() }

  func channelInactive(context: ChannelHandlerContext) {
    ended()
    context.fireChannelInactive()
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    if case ChannelEvent.inputClosed = event { context.close(promise: nil) }
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    let part = unwrapInboundIn(data)
    guard let exchange else { return context.close(promise: nil) }
    if case .head(let head) = part { isReusable = head.isKeepAlive }
    exchange.received(part)
  }

  func read(context: ChannelHandlerContext) {
    if isPaused { holdsRead = true } else { context.read() }
  }

  private func ended() {
    context = nil
    timer.cancel()
    pool.forget(self)
    exchange.take()?.lost()
  }
}
