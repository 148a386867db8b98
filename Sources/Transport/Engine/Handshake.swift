import NIOHTTP1
import RealtimeProtocol

/// The request that opened a session, kept for as long as the session lives.
public struct Handshake: Sendable {
  /// The endpoint's path, as configured.
  public let path: String
  /// The query's names and values, decoded, in order.
  public let query: [(String, String)]
  /// The request target as it came.
  public let uri: String
  /// Without the fields that concern only the connection or the WebSocket handshake.
  public let headers: HTTPHeaders
  /// The peer's IP address.
  public let remoteAddress: String
  /// Whether the connection is encrypted.
  public let secure: Bool
  /// The transport that the session began with.
  public let transport: EngineTransport
  /// Milliseconds since 1970.
  public let time: Int64

  public init(
    path: String, query: [(String, String)], uri: String, headers: HTTPHeaders,
    remoteAddress: String, secure: Bool, transport: EngineTransport, time: Int64
  ) {
    self.path = path
    self.query = query
    self.uri = uri
    self.headers = headers
    self.remoteAddress = remoteAddress
    self.secure = secure
    self.transport = transport
    self.time = time
  }
}
