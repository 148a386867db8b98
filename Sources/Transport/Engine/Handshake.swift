import NIOHTTP1
import RealtimeProtocol

/// The request that opened a session, kept for as long as the session lives.
public final class Handshake: Sendable {
  /// The endpoint's path, as configured.
  public let path: String
  /// The peer's IP address.
  public let remoteAddress: String
  /// Whether the connection is encrypted.
  public let secure: Bool
  /// The transport that the session began with.
  public let transport: EngineTransport
  /// Milliseconds since 1970.
  public let time: Int64
  /// The request target and behind it the headers, a line each: there are many handshakes, and they
  /// are read seldom.
  private let head: String
  private let uriLength: Int

  public init(
    path: String, uri: String, headers: HTTPHeaders, remoteAddress: String, secure: Bool,
    transport: EngineTransport, time: Int64
  ) {
    self.path = path
    self.remoteAddress = remoteAddress
    self.secure = secure
    self.transport = transport
    self.time = time
    var text = uri
    text.reserveCapacity(
      headers.reduce(uri.utf8.count) { $0 + $1.name.utf8.count + $1.value.utf8.count + 2 })
    for (name, value) in headers { text += "\(name):\(value)\n" }
    head = text
    uriLength = uri.utf8.count
  }

  /// The request target as it came; made anew at each access.
  public var uri: String { Self.text(head.utf8.prefix(uriLength)) }

  /// The query's names and values, decoded, in order; parsed anew at each access.
  public var query: [(String, String)] { QueryString.parse(uri: uri) }

  /// Without the fields that concern only the connection or the WebSocket handshake; made anew at
  /// each access.
  public var headers: HTTPHeaders {
    HTTPHeaders(
      head.utf8.dropFirst(uriLength).split(separator: UInt8(ascii: "\n")).map { line in
        let name = line.prefix { $0 != UInt8(ascii: ":") }
        return (Self.text(name), Self.text(line[name.endIndex...].dropFirst()))
      })
  }

  /// Parsed by bytes: to characters, what a client sends behind a separator could be part of it.
  private static func text(_ bytes: Substring.UTF8View) -> String { String(Substring(bytes)) }
}
