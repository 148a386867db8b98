import Transport

/// Which pages may send events: those that may open WebSockets.
struct OriginRule {
  /// nil if only the host's own pages may.
  let policy: CrossOriginPolicy?

  /// Whether a request comes from a page of this host, from one of a permitted origin, or from no
  /// browser at all.
  func admits(_ request: HTTPRequest) -> Bool {
    WebSocketOrigin.isAllowed(request.headers, by: policy)
  }
}

extension WireError {
  static let foreignOrigin = WireError(
    status: 403, name: "foreign_origin",
    message: "Pages of this origin may not; server.cors_origins names those that may")
}
