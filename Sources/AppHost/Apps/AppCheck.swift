// Loads every app without serving it: what `perigee check` does.

import LuaRuntime

/// A check of all apps in the plugins folder.
public struct AppCheck {
  /// What was found of one app.
  public struct Report: Sendable {
    public let name: String
    /// Its namespaces, or what is wrong with it.
    public let result: Result<[String], HostError>
  }

  private let scanner: AppScanner
  private let keepsHistory: Bool

  public init(settings: HostConfiguration, environment: [String: String]) {
    keepsHistory = !settings.storagePath.isEmpty || !settings.engineURL.isEmpty
    scanner = AppScanner(
      root: settings.plugins, limits: settings.appLimits, environment: environment)
  }

  /// Checks all apps, however many fail.
  /// - Throws: ``HostError`` when the folder itself cannot be read.
  public func run() throws(HostError) -> [Report] {
    try scanner.names().compactMap(check)
  }

  private func check(_ name: String) -> Report? {
    do throws(HostError) {
      guard let source = try scanner.read(name) else { return nil }
      try source.manifest.check(app: name, keepsHistory: keepsHistory)
      return Report(name: name, result: load(source))
    } catch {
      return Report(name: name, result: .failure(error))
    }
  }

  private func load(_ source: AppSource) -> Result<[String], HostError> {
    do throws(LuaError) {
      let lua = try LuaIsolate(
        app: source.name,
        worker: LuaWorker(
          count: source.manifest.workers,
          keepsHistory: keepsHistory || !source.manifest.engineURL.isEmpty),
        limits: source.manifest.limits.lua, development: true, handshake: { _ in nil })
      try lua.load(source.program)
      return .success(lua.namespaces)
    } catch {
      return .failure(HostError(.plugins, error.report))
    }
  }
}
