import NIOCore

/// A response that may come later, and whom to tell when its client does not wait for it.
public struct PendingResponse {
  /// May belong to any event loop.
  public let future: EventLoopFuture<HTTPResponse>
  /// The client has gone before the response came. Called on the loop of the connection.
  public let abandon: (() -> Void)?

  public init(future: EventLoopFuture<HTTPResponse>, abandon: (() -> Void)? = nil) {
    self.future = future
    self.abandon = abandon
  }

  static func now(_ response: HTTPResponse, on loop: ServerLoop) -> PendingResponse {
    PendingResponse(future: loop.eventLoop.makeSucceededFuture(response))
  }
}
