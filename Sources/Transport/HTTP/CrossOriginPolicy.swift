import NIOHTTP1

/// Which foreign origins a browser lets talk to the Engine.IO endpoints (Fetch standard, CORS).
public struct CrossOriginPolicy: Sendable, Equatable {
  /// The origins that are allowed.
  public enum Origins: Sendable, Equatable {
    case any
    /// Exactly these, as browsers write them: `https://example.org`.
    case only(Set<String>)
  }

  public var origins: Origins
  /// Whether cookies and credentials may come along.
  public var allowsCredentials: Bool

  public init(origins: Origins, allowsCredentials: Bool = false) {
    self.origins = origins
    self.allowsCredentials = allowsCredentials
  }

  /// The headers that let the origin of a request read its response.
  public func headers(for request: HTTPHeaders) -> HTTPHeaders {
    var headers: HTTPHeaders = [:]
    guard let origin = request.first(name: "origin") else { return headers }
    switch origins {
    case .any where !allowsCredentials:
      headers.add(name: "access-control-allow-origin", value: "*")
      return headers
    case .only(let allowed) where !allowed.contains(origin):
      headers.add(name: "vary", value: "Origin")
      return headers
    case .any, .only:
      headers.add(name: "access-control-allow-origin", value: origin)
      headers.add(name: "vary", value: "Origin")
    }
    if allowsCredentials {
      headers.add(name: "access-control-allow-credentials", value: "true")
    }
    return headers
  }

  /// The answer to a preflight request, but for the headers above.
  public func preflightResponse(to request: HTTPHeaders) -> HTTPResponse {
    var headers: HTTPHeaders = ["access-control-allow-methods": "GET, POST, OPTIONS"]
    if let asked = request.first(name: "access-control-request-headers") {
      headers.add(name: "access-control-allow-headers", value: asked)
    }
    headers.add(name: "access-control-max-age", value: "86400")
    return HTTPResponse(status: .noContent, headers: headers)
  }
}
