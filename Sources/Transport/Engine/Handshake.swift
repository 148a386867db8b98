import NIOHTTP1
import RealtimeProtocol

/// The request that opened a session, kept for as long as the session lives.
public final class Handshake: Sendable {
  /// The endpoint's path, as configured.
  public let path: String
  /// The request target as it came.
  public let uri: String
  /// The peer's IP address.
  public let remoteAddress: String
  /// Whether the connection is encrypted.
  public let secure: Bool
  /// The transport that the session began with.
  public let transport: EngineTransport
  /// Milliseconds since 1970.
  public let time: Int64
  /// The headers as text: there are many handshakes, and they are read seldom.
  private let head: String

  public init(
    path: String, uri: String, headers: HTTPHeaders, remoteAddress: String, secure: Bool,
    transport: EngineTransport, time: Int64
  ) {
    self.path = path
    self.uri = uri
    self.remoteAddress = remoteAddress
    self.secure = secure
    self.transport = transport
    self.time = time
    var text = ""
    text.reserveCapacity(headers.reduce(0) { $0 + $1.name.utf8.count + $1.value.utf8.count + 2 })
    for (name, value) in headers { text += "\(name):\(value)\n" }
    head = text
  }

  /// The query's names and values, decoded, in order; parsed anew at each access.
  public var query: [(String, String)] { QueryString.parse(uri: uri) }

  /// Without the fields that concern only the connection or the WebSocket handshake; made anew at
  /// each access.
  public var headers: HTTPHeaders {
    HTTPHeaders(
      head.split(separator: "\n").map { line in
        let name = line.prefix { $0 != ":" }
        return (String(name), String(line.dropFirst(name.count + 1)))
      })
  }
}
