import NIOCore

/// A response that may come later, and whom to tell when its client does not wait for it.
struct PendingResponse {
  /// On the event loop of the connection.
  let future: EventLoopFuture<HTTPResponse>
  /// The client has gone before the response came.
  let abandon: (() -> Void)?

  init(future: EventLoopFuture<HTTPResponse>, abandon: (() -> Void)? = nil) {
    self.future = future
    self.abandon = abandon
  }

  static func now(_ response: HTTPResponse, on loop: ServerLoop) -> PendingResponse {
    PendingResponse(future: loop.eventLoop.makeSucceededFuture(response))
  }
}
