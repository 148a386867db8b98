// What an HTTP request to an Engine.IO path wants, told from its method and query alone. The
// order of the checks decides which error code a client sees; it is that of the official server.

/// A request to an Engine.IO endpoint that is well-formed as far as it goes.
public enum EngineRequest: Sendable, Equatable {
  /// Open a session.
  case open(EngineTransport)
  /// Fetch what waits for a session. The stamp, if there is one, is another for each request.
  case poll(sid: String, stamp: String? = nil)
  /// Bring packets to a session.
  case post(sid: String, stamp: String? = nil)
  /// Move a session to this WebSocket.
  case upgrade(sid: String)

  /// - Parameters:
  ///   - method: the HTTP method, in capitals.
  ///   - uri: the request target with its query.
  ///   - isWebSocket: whether the request asks for an upgrade to WebSocket.
  public init(method: String, uri: String, isWebSocket: Bool) throws(EngineError) {
    let query = EngineQuery(uri: uri)
    guard let transport = query.transport.flatMap(EngineTransport.init) else {
      throw .unknownTransport
    }
    guard (transport == .websocket) == isWebSocket else { throw .badRequest }
    if let sid = query.sid {
      switch (transport, method) {
      case (.websocket, _): self = .upgrade(sid: sid)
      case (.polling, "GET"): self = .poll(sid: sid, stamp: query.stamp)
      case (.polling, "POST"): self = .post(sid: sid, stamp: query.stamp)
      default: throw .badRequest
      }
    } else {
      guard method == "GET" else { throw .badHandshakeMethod }
      guard query.version == "4" else { throw .unsupportedVersion }
      self = .open(transport)
    }
  }
}

/// The query parameters that the protocol defines, and the one that keeps caches away.
struct EngineQuery {
  var version: String?
  var transport: String?
  var sid: String?
  var stamp: String?

  init(uri: String) {
    guard let mark = uri.utf8.firstIndex(of: UInt8(ascii: "?")) else { return }
    for pair in uri[mark...].dropFirst().utf8.split(separator: UInt8(ascii: "&")) {
      guard let equals = pair.firstIndex(of: UInt8(ascii: "=")) else { continue }
      let value = Substring(pair[pair.index(after: equals)...])
      switch Substring(pair[..<equals]) {
      case "EIO": version = version ?? String(value)
      case "transport": transport = transport ?? String(value)
      case "sid": sid = sid ?? String(value)
      case "t": stamp = stamp ?? String(value)
      default: break
      }
    }
  }
}
