// The routes of one script, and which of them answers a request. Pure. A path's fixed segments come
// before its parameters, and those before a rest: the order in which a script wrote them, which a Lua
// table does not keep, plays no part.

import LuaRuntime

/// Routes such as `GET /hello/:name`, found by method and path.
struct RouteTable: Sendable {
  /// What a request leads to.
  enum Match: Equatable {
    /// The route as the script wrote it, and what its path's names stand for.
    case route(key: String, parameters: [String: String])
    /// There are routes for this path, but only for these methods.
    case otherMethods([String])
    case none
  }

  fileprivate enum Segment: Sendable, Equatable {
    case fixed(String)
    case parameter(String)
    /// The rest of the path, slashes and all; always the last.
    case rest(String)

    var rank: Int {
      switch self {
      case .fixed: 0
      case .parameter: 1
      case .rest: 2
      }
    }
  }

  fileprivate struct Route: Sendable {
    let key: String
    let methods: [String]
    let segments: [Segment]
  }

  private let routes: [Route]

  /// - Parameter keys: checked by the Lua runtime when the script was loaded.
  init(keys: [String]) {
    routes = keys.compactMap(Self.route).sorted { $0.precedes($1) }
  }

  var isEmpty: Bool { routes.isEmpty }

  /// - Parameter path: below the script's namespace, decoded: `/hello/ann`, or empty.
  func match(method: String, path: String) -> Match {
    let segments = path.split(separator: "/", omittingEmptySubsequences: true)
    var others: [String] = []
    for route in routes {
      guard let parameters = route.parameters(of: segments) else { continue }
      if route.answers(method) { return .route(key: route.key, parameters: parameters) }
      others += route.methods
    }
    if method == "HEAD", case .route(let key, let parameters) = match(method: "GET", path: path) {
      return .route(key: key, parameters: parameters)
    }
    return others.isEmpty ? .none : .otherMethods(Set(others).sorted())
  }

  private static func route(_ key: String) -> Route? {
    let words = key.split(separator: " ", omittingEmptySubsequences: true)
    guard words.count >= 2, let path = words.last else { return nil }
    let methods = words.dropLast().joined().split(separator: ",").map { $0.uppercased() }
    let segments = path.split(separator: "/").map { text -> Segment in
      if text.hasPrefix(":") { return .parameter(String(text.dropFirst())) }
      if text.hasPrefix("*") { return .rest(text == "*" ? "rest" : String(text.dropFirst())) }
      return .fixed(String(text))
    }
    return Route(key: key, methods: methods, segments: segments)
  }
}

extension RouteTable.Route {
  fileprivate func answers(_ method: String) -> Bool {
    methods.contains(method) || methods.contains("ANY")
  }

  /// Whether this route is to be tried before `other`.
  fileprivate func precedes(_ other: Self) -> Bool {
    for (mine, its) in zip(segments, other.segments) where mine.rank != its.rank {
      return mine.rank < its.rank
    }
    // The longer one ends in a rest that may be empty, or is no match for the other's paths.
    if segments.count != other.segments.count { return segments.count < other.segments.count }
    if methods.contains("ANY") != other.methods.contains("ANY") { return !methods.contains("ANY") }
    return key < other.key
  }

  fileprivate func parameters(of path: [Substring]) -> [String: String]? {
    var parameters: [String: String] = [:]
    for (index, segment) in segments.enumerated() {
      switch segment {
      case .rest(let name):
        parameters[name] = path.dropFirst(index).joined(separator: "/")
        return parameters
      case .fixed(let text):
        guard index < path.count, path[index] == text else { return nil }
      case .parameter(let name):
        guard index < path.count else { return nil }
        parameters[name] = String(path[index])
      }
    }
    return path.count == segments.count ? parameters : nil
  }
}
