import NIOCore

/// Answers every request that no Engine.IO endpoint takes. All calls come on `request.eventLoop`.
public protocol HTTPResponder: Sendable {
  /// Answers one request, perhaps late (a long poll).
  func respond(to request: HTTPRequest) -> PendingResponse

  /// Decides about a request for a WebSocket.
  func openWebSocket(for request: HTTPRequest) -> EventLoopFuture<WebSocketAnswer>
}

extension HTTPResponder {
  /// Answers as to any other request.
  public func openWebSocket(for request: HTTPRequest) -> EventLoopFuture<WebSocketAnswer> {
    respond(to: request).future.hop(to: request.eventLoop).map { .refuse($0) }
  }
}
