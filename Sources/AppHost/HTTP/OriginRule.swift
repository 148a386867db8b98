import Transport

/// Which pages may do what browsers do not ask about first: open WebSockets, send events.
struct OriginRule {
  /// nil if only the host's own pages may.
  let policy: CrossOriginPolicy?

  /// Whether a request comes from a page of this host, from one of a permitted origin, or from no
  /// browser at all.
  func admits(_ request: HTTPRequest) -> Bool {
    guard let origin = request.headers.first(name: "origin") else { return true }
    if let host = request.headers.first(name: "host"),
      origin.lowercased().split(separator: "/", maxSplits: 2).last.map(String.init)
        == host.lowercased()
    {
      return true
    }
    switch policy?.origins {
    case .any: return true
    case .only(let origins): return origins.contains(origin)
    case nil: return false
    }
  }
}

extension WireError {
  static let foreignOrigin = WireError(
    status: 403, name: "foreign_origin",
    message: "Pages of this origin may not; server.cors_origins names those that may")
}
