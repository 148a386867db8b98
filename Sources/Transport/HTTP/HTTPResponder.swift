import NIOCore

/// Answers every request that no Engine.IO endpoint takes.
public protocol HTTPResponder: Sendable {
  /// Answers one request. Called on `request.eventLoop`; the future may belong to any loop and may
  /// complete late (a long poll). It is dropped when the client leaves first.
  func respond(to request: HTTPRequest) -> EventLoopFuture<HTTPResponse>
}
