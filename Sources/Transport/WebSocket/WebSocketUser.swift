import NIOCore
import RealtimeProtocol

/// What a WebSocket's messages are for: an Engine.IO session, or a plain WebSocket's connection.
///
/// `WebSocketHandler` makes all calls on the user's own loop, whatever loop the WebSocket is read
/// on; their order is kept.
protocol WebSocketUser: AnyObject, Sendable {
  var eventLoop: any EventLoop { get }

  /// What one read brought; the handler deals with control frames itself.
  func received(_ batch: WebSocketBatch, from handler: WebSocketHandler)

  /// The socket's buffer has drained or filled.
  func writabilityChanged(of handler: WebSocketHandler)

  /// The WebSocket ends by itself: what the user still writes at once goes before the close frame,
  /// if one is sent. Not called after the user has closed it.
  func socketClosed(_ handler: WebSocketHandler, _ reason: CloseReason)
}

extension EngineConnection: WebSocketUser {}
