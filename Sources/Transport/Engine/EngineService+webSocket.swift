// Requests for WebSockets: those that begin a session, and those that a polling session moves to.

import NIOCore
import RealtimeProtocol

extension EngineService {
  /// Answers a request for a WebSocket. Called on `loop`, the request's own.
  ///
  /// - Parameter proposal: `nil` when the WebSocket's own handshake is not sound.
  func upgrade(
    _ request: HTTPRequest, _ proposal: WebSocketProposal?, on loop: ServerLoop
  ) -> EventLoopFuture<WebSocketUpgrade> {
    do throws(EngineError) {
      let asked = try EngineRequest(
        method: request.method.rawValue, uri: request.uri, isWebSocket: true)
      guard let proposal else { return loop.eventLoop.makeSucceededFuture(.unsound) }
      if case .upgrade(let sid) = asked {
        if let session = session(sid, for: request) { return candidate(for: session, proposal) }
        return try tunnel(request, of: sid, proposal)
      }
      return open(request, proposal)
    } catch {
      return loop.eventLoop.makeSucceededFuture(.refused(error.message))
    }
  }

  private func open(
    _ request: HTTPRequest, _ proposal: WebSocketProposal
  ) -> EventLoopFuture<WebSocketUpgrade> {
    let eventLoop = proposal.loop.eventLoop
    guard let mounted = endpoints[request.path] else {
      return eventLoop.makeSucceededFuture(.refused(EngineError.badRequest.message))
    }
    let handshake = handshake(request, mounted.path, .websocket)
    @Sendable func decided(_ rejection: Rejection?) -> WebSocketUpgrade {
      if let rejection { return .refused(rejection.message) }
      return begin(handshake, at: mounted.endpoint, proposal)
    }
    return switch mounted.endpoint.admit(handshake) {
    case .admitted: eventLoop.makeSucceededFuture(decided(nil))
    case .refused(let rejection): eventLoop.makeSucceededFuture(decided(rejection))
    case .pending(let decision): decision.hop(to: eventLoop).map(decided)
    }
  }

  /// Prepares a session whose client has been admitted; it begins with its WebSocket, or never.
  private func begin(
    _ handshake: Handshake, at endpoint: any EngineEndpoint, _ proposal: WebSocketProposal
  ) -> WebSocketUpgrade {
    let connection = EngineConnection(handshake: handshake, engine: self, loop: proposal.loop)
    let handler = proposal.makeHandler(for: connection) { connection.start(endpoint, on: $0) }
    return proposal.accepted(handler, adding: cookieHeaders(of: connection))
  }

  /// A WebSocket with a session's id is accepted in any case: one that cannot take over is closed
  /// in the WebSocket's own way, which clients tell from a failure of the network.
  private func candidate(
    for connection: EngineConnection, _ proposal: WebSocketProposal
  ) -> EventLoopFuture<WebSocketUpgrade> {
    let promise = proposal.loop.eventLoop.makePromise(of: WebSocketUpgrade.self)
    let handler = proposal.makeHandler(for: connection)
    let upgrade = proposal.accepted(handler)
    connection.onLoop { connection in
      if !connection.candidateArrived(handler) { handler.closeWhenAdded() }
      promise.succeed(upgrade)
    }
    return promise.futureResult
  }
}
