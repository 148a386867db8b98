import CLua

extension LuaIsolate {
  /// Models, widgets and schemas that the serving generation declares: a JSON object with the lists
  /// `models`, `widgets` and `schemas`.
  public var manifest: [UInt8] {
    pg_manifest(host).map { Array(String(cString: $0).utf8) } ?? []
  }

  /// Whether a persistent model has changed since the last ``keep()``.
  public var keepIsDue: Bool { pg_keep_due(host) }

  /// Puts a `keep` command with the value of each persistent model that has changed into the outbox.
  public func keep() { pg_keep(host) }
}
