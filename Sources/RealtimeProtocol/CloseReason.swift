// The one table of why a session ends. The raw value is the text that scripts see as the
// disconnect reason; each reason also fixes the WebSocket close code that the peer sees and
// whether a client does well to come back. Every layer takes its reasons from here.

/// Why a session, or one namespace of it, ended.
public enum CloseReason: String, Sendable, CaseIterable {
  /// The connection failed: a reset, an aborted poll, a malformed frame.
  case transportError = "transport error"
  /// The peer's connection ended, in order or not, without a close packet.
  case transportClose = "transport close"
  /// The client sent an Engine.IO close packet.
  case forcedClose = "forced close"
  /// No pong came within `pingInterval + pingTimeout`.
  case pingTimeout = "ping timeout"
  /// The peer sent a packet that does not parse.
  case parseError = "parse error"
  /// A message was longer than `maxPayload`.
  case messageTooLarge = "message too large"
  /// The client did not read: more than the outbound limit was waiting for it.
  case slowConsumer = "slow consumer"
  /// The host is stopping.
  case serverShuttingDown = "server shutting down"
  /// The server closed the whole connection.
  case forcedServerClose = "forced server close"
  /// The client left one namespace.
  case clientNamespaceDisconnect = "client namespace disconnect"
  /// The server disconnected one namespace.
  case serverNamespaceDisconnect = "server namespace disconnect"
  /// The client joined no namespace in time.
  case connectTimeout = "connect timeout"
  /// The app that served this client was restarted.
  case appRestarted = "app restarted"

  /// The status code of the WebSocket close frame (RFC 6455 section 7.4.1).
  public var webSocketCode: WebSocketCloseCode {
    switch self {
    case .transportClose, .forcedClose, .forcedServerClose, .clientNamespaceDisconnect,
      .serverNamespaceDisconnect:
      .normalClosure
    case .serverShuttingDown: .goingAway
    case .transportError, .parseError: .protocolError
    case .messageTooLarge: .messageTooBig
    case .pingTimeout, .slowConsumer, .connectTimeout: .policyViolation
    case .appRestarted: .serviceRestart
    }
  }

  /// Whether a client that was closed for this reason should connect again.
  public var shouldReconnect: Bool {
    switch self {
    case .transportError, .transportClose, .pingTimeout, .slowConsumer, .serverShuttingDown,
      .appRestarted:
      true
    case .forcedClose, .parseError, .messageTooLarge, .forcedServerClose,
      .clientNamespaceDisconnect, .serverNamespaceDisconnect, .connectTimeout:
      false
    }
  }
}
