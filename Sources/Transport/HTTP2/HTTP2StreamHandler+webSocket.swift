// The switch from HTTP to WebSocket on one stream of an HTTP/2 connection (RFC 8441): a CONNECT
// request that names the protocol is decided about as an upgrade over HTTP/1 is; accepted, it gets
// 200, and its DATA frames are the WebSocket's bytes.

import NIOCore
import NIOHPACK
import NIOHTTP1
import NIOHTTP2

extension HTTP2StreamHandler {
  /// Has the service decide about a request for a tunnel.
  ///
  /// - Parameter name: what shall go through it (`:protocol`).
  func beginTunnel(_ head: HTTPRequestHead, through name: String) {
    guard name == "websocket" else { return refuse(.notImplemented) }
    guard !isInputClosed, let path = RequestPath.decode(uri: head.uri) else {
      return refuse(.badRequest)
    }
    guard let context else { return }
    var request = request(head, path: path, body: ByteBuffer())
    request.method = .GET
    let isSound = head.headers.first(name: "sec-websocket-version") == "13"
    state = .answering(Exchange())
    holdsInput = true
    service.upgrade(
      request, accepted: isSound ? HTTPResponse(status: .ok) : nil, on: context.channel, loop: loop
    )
    .assumeIsolatedUnsafeUnchecked().whenComplete { self.upgrade($0) }
  }

  private func upgrade(_ result: Result<WebSocketUpgrade, any Error>) {
    guard case .answering(let exchange) = state, let context else {
      if case .success(let upgrade) = result { upgrade.discard() }
      return
    }
    switch result {
    case .success(let upgrade):
      guard let handler = upgrade.handler else { return send(upgrade.response, for: exchange) }
      let headers = HPACKHeaders(tunnelling: upgrade.response)
      context.write(wrapOutboundOut(.headers(.init(headers: headers))), promise: nil)
      context.flush()
      replace(with: handler, context)
    case .failure(let error): send(service.response(.failure(error)), for: exchange)
    }
  }

  /// What has come already is for the WebSocket.
  private func replace(with handler: any UpgradedHandler, _ context: ChannelHandlerContext) {
    state = .ended
    let pipeline = context.pipeline.syncOperations
    do {
      try pipeline.addHandlers(TunnelHandler(), handler)
      for payload in takeHeldInput() { context.fireChannelRead(wrapInboundOut(payload)) }
      context.fireChannelReadComplete()
      pipeline.removeHandler(context: context, promise: nil)
      context.channel.read()
    } catch {
      handler.discard()
      context.close(promise: nil)
    }
  }
}
