/// What a request for a WebSocket gets from a responder.
public enum WebSocketAnswer: Sendable {
  /// Stays HTTP.
  case refuse(HTTPResponse)
  /// Becomes a WebSocket, if its handshake is sound; `open` is called on its event loop once it can
  /// be written to, or never, should the client have left.
  case accept(
    subprotocol: String?, open: @Sendable (WebSocketConnection) -> any WebSocketReceiver)
}
