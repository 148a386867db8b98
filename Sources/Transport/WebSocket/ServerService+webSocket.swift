// What the server does with a request for a WebSocket, over whatever version of HTTP it came:
// Engine.IO's go to EngineService, the others to the responder.

import NIOCore
import NIOHTTP1

extension ServerService {
  /// Decides about a request for a WebSocket. Called on `loop`, the request's own; so is what
  /// becomes of the future.
  ///
  /// - Parameters:
  ///   - accepted: what a sound handshake is answered with; `nil` for one that is not.
  ///   - channel: what the WebSocket's bytes would travel on.
  func upgrade(
    _ request: HTTPRequest, accepted: HTTPResponse?, on channel: any Channel, loop: ServerLoop
  ) -> EventLoopFuture<WebSocketUpgrade> {
    if engine.serves(request.path) {
      return engine.upgrade(request, accepted: accepted, on: channel, loop: loop)
    }
    return responder.openWebSocket(for: request).hop(to: loop.eventLoop).map { answer in
      switch answer {
      case .refuse(let response): WebSocketUpgrade(response: response, handler: nil)
      case .accept(let subprotocol, let open):
        accepted.map { self.accept($0, subprotocol, on: channel, loop: loop, open) } ?? .unsound
      }
    }
  }

  private func accept(
    _ accepted: HTTPResponse, _ subprotocol: String?, on channel: any Channel, loop: ServerLoop,
    _ open: @escaping @Sendable (WebSocketConnection) -> any WebSocketReceiver
  ) -> WebSocketUpgrade {
    let connection = WebSocketConnection(loop: loop, configuration: configuration)
    let handler = WebSocketHandler(
      channel: channel, loop: loop, user: connection,
      maxMessageSize: configuration.engine.maxPayload
    ) { handler in
      connection.start(on: handler, open)
    }
    var response = accepted
    if let subprotocol {
      response.headers.add(name: "sec-websocket-protocol", value: subprotocol)
    }
    return WebSocketUpgrade(response: response, handler: handler)
  }
}
