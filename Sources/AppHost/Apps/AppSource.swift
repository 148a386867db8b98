// What lies on disk of one app, read once: the input of a load. Two equal sources need no reload.

import LuaRuntime

/// An app as its author wrote it.
public struct AppSource: Sendable {
  /// The name of its file or folder, and of its namespace: `chat` is `/chat`.
  public let name: String
  public let manifest: AppManifest
  public let program: LuaProgram
  /// The folder of its pages, served at `/NAME/`; nil if it has none.
  public let www: String?

  /// What signs publications that come over HTTP; nil if none may come.
  public let publishKey: String?

  public init(
    name: String, manifest: AppManifest, program: LuaProgram, www: String? = nil,
    publishKey: String? = nil
  ) {
    self.publishKey = publishKey
    self.name = name
    self.manifest = manifest
    self.program = program
    self.www = www
  }

  /// The namespaces of its scripts.
  public var namespaces: [String] { program.scripts.map(\.namespace) }

  /// The text of the script or module called `file`, for error pages.
  func text(of file: String) -> [UInt8]? {
    program.scripts.first { $0.file.isShown(as: file) }?.source
      ?? program.modules.first { $0.file.isShown(as: file) }?.source
  }

  /// Whether loading `other` instead would change what runs.
  func runsSame(as other: AppSource) -> Bool {
    manifest == other.manifest && www == other.www && publishKey == other.publishKey
      && program.environment == other.program.environment
      && program.scripts.elementsEqual(other.program.scripts) {
        $0.namespace == $1.namespace && $0.file == $1.file && $0.source == $1.source
      }
      && program.modules.elementsEqual(other.program.modules) {
        $0.name == $1.name && $0.file == $1.file && $0.source == $1.source
      }
  }
}

extension String {
  /// Lua shows the end of a long name behind three dots.
  fileprivate func isShown(as name: String) -> Bool {
    name.hasPrefix("...") ? hasSuffix(name.dropFirst(3)) : self == name
  }
}
