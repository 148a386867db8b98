import NIOCore

/// A page that is made anew for each request, from a file that has been read once.
public protocol DynamicPage: Sendable {
  /// Answers a GET or HEAD. Called on `request.eventLoop`; the future belongs to it.
  func respond(to request: HTTPRequest) -> EventLoopFuture<HTTPResponse>
}
