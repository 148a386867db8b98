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
    guard WebSocketOrigin.isAllowed(request.headers, by: configuration.crossOrigin) else {
      return loop.eventLoop.makeSucceededFuture(
        .refused("Origin not allowed", status: .forbidden))
    }
    let proposal = accepted.map {
      WebSocketProposal(
        accepting: $0, request: request, on: channel, loop: loop, configuration)
    }
    if engine.serves(request.path) {
      return engine.upgrade(request, proposal, on: loop)
    }
    return responder.openWebSocket(for: request).hop(to: loop.eventLoop).map { answer in
      switch answer {
      case .refuse(let response): WebSocketUpgrade(response: response, handler: nil)
      case .accept(let subprotocol, let open):
        proposal.map { self.accept($0, subprotocol, open) } ?? .unsound
      }
    }
  }

  private func accept(
    _ proposal: WebSocketProposal, _ subprotocol: String?,
    _ open: @escaping @Sendable (WebSocketConnection) -> any WebSocketReceiver
  ) -> WebSocketUpgrade {
    let connection = WebSocketConnection(loop: proposal.loop, configuration: configuration)
    let headers = subprotocol.map { HTTPHeaders([("sec-websocket-protocol", $0)]) } ?? [:]
    let handler = proposal.makeHandler(for: connection) { connection.start(on: $0, open) }
    return proposal.accepted(handler, adding: headers)
  }
}
