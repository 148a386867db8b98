import CLua

/// One HTTP route of a script.
public struct LuaRoute: Sendable, Equatable {
  /// The namespace of the script.
  public let namespace: String
  /// Method and path as the script wrote them: `GET /hello/:name`.
  public let key: String
}

/// A pattern of namespaces that a script serves besides its own.
public struct LuaNamespacePattern: Sendable, Equatable {
  /// `*` stands for one or more characters but `/`.
  public let pattern: String
  /// The namespace of the script.
  public let script: String

  /// Whether `namespace` is one of those that the pattern stands for.
  public func matches(_ namespace: String) -> Bool {
    !namespace.utf8.contains(0) && pg_pattern_covers(pattern, namespace)
  }
}

extension LuaIsolate {
  /// The routes of the serving generation, in no particular order.
  public var routes: [LuaRoute] {
    (0..<pg_route_count(host)).compactMap { index in
      guard let namespace = pg_route_namespace(host, index), let key = pg_route_key(host, index)
      else { return nil }
      return LuaRoute(namespace: String(cString: namespace), key: String(cString: key))
    }
  }

  /// The patterns of the serving generation.
  public var namespacePatterns: [LuaNamespacePattern] {
    (0..<pg_pattern_count(host)).compactMap { index in
      guard let pattern = pg_pattern(host, index), let script = pg_pattern_namespace(host, index)
      else { return nil }
      return LuaNamespacePattern(
        pattern: String(cString: pattern), script: String(cString: script))
    }
  }

  /// How many namespaces are in use besides those of scripts.
  public var dynamicNamespaces: Int { pg_dynamic_namespace_count(host) }

  /// The namespace of the script whose `allow_request` judges handshakes; nil if none does.
  public var gateNamespace: String? { pg_gate_namespace(host).map { String(cString: $0) } }
}
