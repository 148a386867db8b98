import NIOCore

/// Answers every request that no Engine.IO endpoint takes. All calls come on `request.eventLoop`.
public protocol HTTPResponder: Sendable {
  /// Grows whenever a target may begin to lead elsewhere. While it stands still, a file that has
  /// answered a GET (``StaticFiles``) answers every GET of the same target and `Host`, whatever the
  /// other headers are, without this responder being asked. `nil`, the default, if it must be.
  ///
  /// Called on any loop, for each request.
  var revision: Int? { get }

  /// Answers one request, perhaps late (a long poll).
  func respond(to request: HTTPRequest) -> PendingResponse

  /// Decides about a request for a WebSocket.
  func openWebSocket(for request: HTTPRequest) -> EventLoopFuture<WebSocketAnswer>
}

extension HTTPResponder {
  public var revision: Int? { nil }

  /// Answers as to any other request.
  public func openWebSocket(for request: HTTPRequest) -> EventLoopFuture<WebSocketAnswer> {
    respond(to: request).future.hop(to: request.eventLoop).map { .refuse($0) }
  }
}
