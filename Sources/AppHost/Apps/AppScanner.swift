// Finds apps in the plugins folder and reads their files. The only code that knows how an app lies
// on disk. Called at start, by `perigee check`, and by the reloader from its own queue: it blocks.

import Foundation
import LuaRuntime

/// Reads apps from the plugins folder.
public struct AppScanner: Sendable {
  private let root: String
  private let limits: AppLimits
  private let environment: [String: String]

  /// - Parameters:
  ///   - root: the plugins folder.
  ///   - limits: what an app may use unless its manifest says otherwise.
  ///   - environment: the process's environment, of which apps see what their manifest permits.
  public init(root: String, limits: AppLimits, environment: [String: String]) {
    self.root = root
    self.limits = limits
    self.environment = environment
  }

  /// The names of all apps that lie in the folder, sorted.
  /// - Throws: ``HostError`` when the folder cannot be read or two apps have one name.
  public func names() throws(HostError) -> [String] {
    guard let entries = try? FileManager.default.contentsOfDirectory(atPath: root) else {
      throw HostError(
        .plugins, "\(root): the plugins folder cannot be read; make it or name it with --plugins")
    }
    var names: [String] = []
    for entry in entries.sorted() where !entry.hasPrefix(".") {
      let path = "\(root)/\(entry)"
      if isFolder(path) {
        names.append(entry)
      } else if entry.hasSuffix(".lua") {
        names.append(String(entry.dropLast(4)))
      }
    }
    return Array(Set(names)).sorted()
  }

  /// Reads the app called `name`.
  /// - Returns: nil if there is no such app any more.
  /// - Throws: ``HostError`` that names the file and the remedy.
  public func read(_ name: String) throws(HostError) -> AppSource? {
    let file = "\(root)/\(name).lua"
    let folder = "\(root)/\(name)"
    let isFile = FileManager.default.fileExists(atPath: file)
    switch (isFile, isFolder(folder)) {
    case (false, false): return nil
    case (true, true):
      throw HostError(
        .plugins, "\(file): there is a folder \(folder) too; keep one of them")
    case (true, false):
      try validate(name, at: file)
      let script = LuaScript(
        namespace: "/\(name)", file: shown(file), source: try bytes(of: file))
      let program = LuaProgram(scripts: [script], modules: [], environment: [:])
      return AppSource(name: name, manifest: AppManifest(limits: limits), program: program)
    case (false, true):
      try validate(name, at: folder)
      return try readFolder(name, at: folder)
    }
  }

  private func readFolder(_ name: String, at folder: String) throws(HostError) -> AppSource? {
    let scripts = try scripts(of: name, in: folder)
    let www = isFolder("\(folder)/www") ? "\(folder)/www" : nil
    if scripts.isEmpty && www == nil { return nil }
    let manifest = try manifest(in: folder)
    let program = LuaProgram(
      scripts: scripts, modules: try modules(in: "\(folder)/lib"),
      environment: environment.filter { manifest.environment.contains($0.key) })
    return AppSource(
      name: name, manifest: manifest, program: program, www: www,
      publishKey: environment[manifest.publishKeyVariable].flatMap { $0.isEmpty ? nil : $0 })
  }

  private func manifest(in folder: String) throws(HostError) -> AppManifest {
    var manifest = AppManifest(limits: limits)
    let file = "\(folder)/app.toml"
    if FileManager.default.fileExists(atPath: file) {
      let text = String(decoding: try bytes(of: file), as: UTF8.self)
      try AppManifest.settings.apply(toml: text, file: file, to: &manifest)
    }
    return manifest
  }

  /// The main script comes first, so that a module's `perigee` speaks for the app's own namespace.
  private func scripts(of name: String, in folder: String) throws(HostError) -> [LuaScript] {
    var scripts: [LuaScript] = []
    for entry in entries(of: folder) where entry.hasSuffix(".lua") && !entry.hasPrefix(".") {
      let stem = String(entry.dropLast(4))
      let file = "\(folder)/\(entry)"
      try validate(stem, at: file)
      let isMain = stem == "init"
      let script = LuaScript(
        namespace: isMain ? "/\(name)" : "/\(name)/\(stem)", file: shown(file),
        source: try bytes(of: file))
      scripts.insert(script, at: isMain ? 0 : scripts.count)
    }
    return scripts
  }

  private func modules(in folder: String, prefix: String = "") throws(HostError) -> [LuaModule] {
    var modules: [LuaModule] = []
    for entry in entries(of: folder) where !entry.hasPrefix(".") {
      let path = "\(folder)/\(entry)"
      if isFolder(path) {
        modules += try self.modules(in: path, prefix: "\(prefix)\(entry).")
      } else if entry.hasSuffix(".lua") {
        let stem = entry.dropLast(4)
        let name = stem == "init" && !prefix.isEmpty ? String(prefix.dropLast()) : prefix + stem
        modules.append(LuaModule(name: name, file: shown(path), source: try bytes(of: path)))
      }
    }
    return modules
  }

  /// A file as errors name it: from the plugins folder on, because Lua cuts longer names off.
  private func shown(_ path: String) -> String {
    let folder = root.split(separator: "/").last.map(String.init) ?? root
    return folder + path.dropFirst(root.count)
  }

  private func entries(of folder: String) -> [String] {
    ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).sorted()
  }

  private func isFolder(_ path: String) -> Bool {
    var isDirectory: ObjCBool = false
    return FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory)
      && isDirectory.boolValue
  }

  private func bytes(of file: String) throws(HostError) -> [UInt8] {
    do {
      return [UInt8](try Data(contentsOf: URL(fileURLWithPath: file)))
    } catch {
      throw HostError(.plugins, "\(file): cannot be read", underlying: error)
    }
  }

  private func validate(_ name: String, at path: String) throws(HostError) {
    guard AppName.isValid(name) else {
      throw HostError(.name, "\(path): \(AppName.rule)")
    }
  }
}
