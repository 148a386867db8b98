// Browsers let any page open a WebSocket anywhere, cookies included: CORS does not apply, and the
// server alone can refuse (RFC 6455 section 10.2).

import NIOHTTP1

/// The origin of the page that asks for a WebSocket.
public enum WebSocketOrigin {
  /// Whether a request may become a WebSocket: it names no origin (no browser sent it), its own
  /// host, or one that `policy` allows.
  public static func isAllowed(_ request: HTTPHeaders, by policy: CrossOriginPolicy?) -> Bool {
    let origins = request["origin"]
    guard let origin = origins.first else { return true }
    guard origins.count == 1 else { return false }
    switch policy?.origins {
    case .any: return true
    case .only(let allowed) where allowed.contains(origin): return true
    case .only, nil: return isSame(origin, host: request.first(name: "host"))
    }
  }

  /// Whether host and port agree. The scheme does not count: behind a proxy that ends TLS, a page
  /// of `https:` has its WebSocket here without.
  private static func isSame(_ origin: String, host: String?) -> Bool {
    guard let mark = origin.firstRange(of: "://"), let host else { return false }
    let port = defaultPorts[origin[..<mark.lowerBound].lowercased()] ?? ""
    return strip(port, from: origin[mark.upperBound...]) == strip(port, from: host[...])
  }

  private static let defaultPorts = ["http": ":80", "https": ":443"]

  private static func strip(_ port: String, from authority: Substring) -> String {
    let name = authority.lowercased()
    return name.hasSuffix(port) ? String(name.dropLast(port.count)) : name
  }
}
