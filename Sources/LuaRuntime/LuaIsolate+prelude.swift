import CLua

extension LuaIsolate {
  /// The Lua part of this library, in the order in which its files run: each may use what those
  /// before it put into their shared table `prelude`.
  private static let prelude: [(name: String, source: [UInt8])] = [
    ("model", PackageResources.model_lua)
  ]

  /// Runs the prelude; once, before the first load. What goes wrong there fails every load.
  func runPrelude() {
    for file in Self.prelude {
      file.source.withUnsafeBytes { pg_prelude(host, file.name, $0.baseAddress, $0.count) }
    }
  }
}
