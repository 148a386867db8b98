// What a set of changed paths means: which apps are to be read anew and which pages are to be shown
// anew. Pure; the registry carries it out.

/// The consequences of changed files.
struct ReloadPlan: Equatable {
  /// A change of what browsers show.
  struct Page: Hashable {
    /// The namespace of the app that it belongs to; nil for the host's own pages.
    let app: String?
    /// The path of the URL.
    let path: String
    /// Whether a stylesheet changed, which needs no new page.
    let isStyle: Bool
    /// The file that changed; it may be gone, as the scratch files of editors are.
    let file: String
  }

  /// Names of apps to be read.
  private(set) var apps: Set<String> = []
  private(set) var pages: Set<Page> = []
  /// So much changed that all apps are to be read.
  private(set) var isEverything = false

  init(changed paths: Set<String>, plugins: String, www: String) {
    for path in paths {
      if path == plugins {
        isEverything = true
      } else if let rest = Self.components(of: path, below: plugins) {
        add(inPlugins: rest, file: path)
      } else if let rest = Self.components(of: path, below: www) {
        add(page: rest, app: nil, file: path)
      }
    }
  }

  private mutating func add(inPlugins parts: [Substring], file: String) {
    let name = parts[0]
    if parts.count == 1 {
      apps.insert(String(name.hasSuffix(".lua") ? name.dropLast(4) : name))
    } else if parts[1] == "www" {
      if parts.count == 2 {
        apps.insert(String(name))
      } else {
        add(page: [name] + parts[2...], app: "/\(name)", file: file)
      }
    } else {
      apps.insert(String(name))
    }
  }

  private mutating func add(page parts: [Substring], app: String?, file: String) {
    let path = "/" + parts.joined(separator: "/")
    pages.insert(Page(app: app, path: path, isStyle: path.hasSuffix(".css"), file: file))
  }

  /// The components of `path` below `root`; nil if it is elsewhere or a file that editors make for
  /// themselves.
  private static func components(of path: String, below root: String) -> [Substring]? {
    guard path.hasPrefix(root + "/") else { return nil }
    let parts = path.dropFirst(root.count + 1).split(separator: "/")
    guard !parts.isEmpty, !parts.contains(where: isScratch) else { return nil }
    return parts
  }

  private static func isScratch(_ name: Substring) -> Bool {
    name.hasPrefix(".") || name.hasPrefix("#") || name.hasSuffix("~") || name.hasSuffix(".swp")
      || name.hasSuffix(".tmp") || name == "4913"
  }
}
