/// Which `Host` headers are served. It keeps a page of another site from reaching a server on this
/// machine by a name that resolves to it.
struct HostRule: Sendable, Equatable {
  private let names: [String]

  /// - Parameter names: host names without ports; empty allows every host.
  init(_ names: [String]) {
    self.names = names.map { $0.lowercased() }
  }

  /// Whether a request with this `Host` header is served.
  func allows(_ header: String?) -> Bool {
    if names.isEmpty { return true }
    guard let header else { return false }
    return names.contains(Self.name(of: header))
  }

  /// `localhost:8080` is `localhost`, `[::1]:8080` is `[::1]`.
  private static func name(of header: String) -> String {
    let host = header.lowercased()
    if host.hasPrefix("["), let end = host.firstIndex(of: "]") { return String(host[...end]) }
    return host.split(separator: ":", omittingEmptySubsequences: false).first.map(String.init) ?? ""
  }
}
