import CLua

extension LuaIsolate {
  /// The Lua part of this library, in the order in which its files run: each may use what those
  /// before it put into their shared table `prelude`.
  private static let prelude: [(name: String, source: [UInt8])] = [
    ("records", PackageResources.records_lua),
    ("model", PackageResources.model_lua),
    ("readers", PackageResources.readers_lua),
    ("page", PackageResources.page_lua),
    ("copy", PackageResources.copy_lua),
    ("declaration", PackageResources.declaration_lua),
    ("messages", PackageResources.messages_lua),
    ("formats", PackageResources.formats_lua),
    ("rules", PackageResources.rules_lua),
    ("validate", PackageResources.validate_lua),
    ("options", PackageResources.options_lua),
    ("rule", PackageResources.rule_lua),
    ("schema", PackageResources.schema_lua),
    ("describe", PackageResources.describe_lua),
    ("auth", PackageResources.auth_lua),
    ("guard", PackageResources.guard_lua),
    ("admit", PackageResources.admit_lua),
    ("registry", PackageResources.registry_lua),
    ("widget", PackageResources.widget_lua),
    ("widget_data", PackageResources.widget_data_lua),
    ("cluster", PackageResources.cluster_lua),
  ]

  /// Runs the prelude; once, before the first load. What goes wrong there fails every load.
  func runPrelude() {
    for file in Self.prelude {
      file.source.withUnsafeBytes { pg_prelude(host, file.name, $0.baseAddress, $0.count) }
    }
  }
}
