/// How a session's packets travel, by its name in the `transport` query parameter.
public enum EngineTransport: String, Sendable {
  case polling
  case websocket
}
