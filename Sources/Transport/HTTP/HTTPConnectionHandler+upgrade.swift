// The switch from HTTP to WebSocket on one channel.

import NIOCore

extension HTTPConnectionHandler {
  /// Has the service decide about a request for a WebSocket.
  func beginUpgrade(
    _ request: HTTPRequest, _ exchange: Exchange, _ context: ChannelHandlerContext
  ) {
    var exchange = exchange
    // One that sends nothing more can have no use for a WebSocket: its connection ends at once.
    exchange.abandon = {}
    state = .answering(exchange)
    let future = service.upgrade(
      request, accepted: WebSocketUpgrade.response(to: request.headers), on: context.channel,
      loop: loop)
    future.assumeIsolatedUnsafeUnchecked().whenComplete { self.upgrade($0, exchange.number) }
  }

  /// Does what the service decided about a request for a WebSocket.
  func upgrade(_ result: Result<WebSocketUpgrade, any Error>, _ number: Int) {
    guard case .answering(let exchange) = state, exchange.number == number else {
      if case .success(let upgrade) = result { upgrade.discard() }
      return
    }
    switch result {
    case .success(let upgrade):
      guard upgrade.handler != nil else { return send(upgrade.response, for: exchange) }
      state = .upgrading
      timer.cancel()
      // Not in the middle of reading: the decoder may take what is behind the request for another one.
      loop.eventLoop.assumeIsolatedUnsafeUnchecked().execute { self.complete(upgrade, exchange) }
    case .failure(let error): send(service.response(.failure(error)), for: exchange)
    }
  }

  private func complete(_ upgrade: WebSocketUpgrade, _ exchange: Exchange) {
    guard let handler = upgrade.handler else { return }
    guard case .upgrading = state, let context else { return handler.discard() }
    // The decoder has read on, so that it is not known where the other protocol begins.
    guard !hasWaitingParts else {
      handler.discard()
      return context.close(promise: nil)
    }
    writeHead(of: upgrade.response, exchange, context)
    replace(with: handler, context)
  }

  private func writeHead(
    of response: HTTPResponse, _ exchange: Exchange, _ context: ChannelHandlerContext
  ) {
    var buffer = ByteBuffer()
    ResponseHead(
      status: response.status, headers: response.headers, framing: .unsaid, isKeptAlive: true,
      isHTTP10: false
    ).write(into: &buffer)
    context.write(wrapOutboundOut(.byteBuffer(buffer)), promise: nil)
    context.flush()
  }

  /// The new handler goes behind this one before the decoder leaves: the decoder hands over the
  /// bytes that it has not read, and they must find the WebSocket.
  private func replace(with handler: any UpgradedHandler, _ context: ChannelHandlerContext) {
    let readyFiles = readyFiles.take()
    let pipeline = context.pipeline.syncOperations
    do {
      try pipeline.addHandler(handler)
      pipeline.removeHandler(context: context, promise: nil)
      if let readyFiles { pipeline.removeHandler(readyFiles, promise: nil) }
      if let decoder { pipeline.removeHandler(decoder, promise: nil) }
    } catch {
      handler.discard()
      context.close(promise: nil)
    }
  }
}
