/// One top-level script of an app: the handlers of one namespace.
public struct LuaScript: Sendable {
  /// The namespace that the script serves, such as `/chat` or `/chat/admin`.
  public var namespace: String
  /// The file's name as errors show it.
  public var file: String
  /// Lua source text.
  public var source: [UInt8]

  public init(namespace: String, file: String, source: [UInt8]) {
    self.namespace = namespace
    self.file = file
    self.source = source
  }
}

/// A module that the app's scripts may `require`.
public struct LuaModule: Sendable {
  /// The name given to `require`, such as `util.text`.
  public var name: String
  /// The file's name as errors show it.
  public var file: String
  /// Lua source text.
  public var source: [UInt8]

  public init(name: String, file: String, source: [UInt8]) {
    self.name = name
    self.file = file
    self.source = source
  }
}

/// Everything an app's generation is made of. Lua sees no file: only what is listed here.
public struct LuaProgram: Sendable {
  public var scripts: [LuaScript]
  public var modules: [LuaModule]
  /// What `perigee.env(name)` answers; a name that is not here is nil.
  public var environment: [String: String]
  /// Stored values of persistent models, JSON text by name (`NAME` or `NAME:KEY`).
  public var kept: [String: [UInt8]]

  public init(
    scripts: [LuaScript], modules: [LuaModule] = [], environment: [String: String] = [:],
    kept: [String: [UInt8]] = [:]
  ) {
    self.scripts = scripts
    self.modules = modules
    self.environment = environment
    self.kept = kept
  }
}
