// Which app serves which namespace, for every event loop. Written when apps come, go or are
// reloaded; read once for each CONNECT packet, never for events.

import NIOConcurrencyHelpers

/// The namespaces of all apps.
final class AppDirectory: Sendable {
  private struct Entry {
    let isolate: AppIsolate
    let socketPaths: [String]
    let hosts: HostRule
  }

  private let hostSocketPaths: [String]
  private let entries = NIOLockedValueBox<[String: Entry]>([:])

  /// - Parameter socketPaths: where apps answer whose manifest names no paths of its own.
  init(socketPaths: [String]) { hostSocketPaths = socketPaths }

  /// Replaces the namespaces of `isolate`; an empty list removes it.
  ///
  /// A namespace that another app serves stays with that app.
  /// - Returns: the namespaces that were refused for that reason.
  func set(_ namespaces: [String], of isolate: AppIsolate, manifest: AppManifest) -> [String] {
    let paths = manifest.socketPaths.isEmpty ? hostSocketPaths : manifest.socketPaths
    let entry = Entry(
      isolate: isolate, socketPaths: paths, hosts: HostRule(manifest.allowedHosts))
    return entries.withLockedValue { entries in
      entries = entries.filter { $0.value.isolate !== isolate }
      let refused = namespaces.filter { entries[$0] != nil }
      for namespace in namespaces where entries[namespace] == nil { entries[namespace] = entry }
      return refused
    }
  }

  /// The isolate that serves `namespace` to a client that came by `path` and this `Host` header.
  func isolate(for namespace: String, on path: String, host: String?) -> AppIsolate? {
    entries.withLockedValue { entries in
      guard let entry = entries[namespace], entry.socketPaths.contains(path),
        entry.hosts.allows(host)
      else { return nil }
      return entry.isolate
    }
  }
}
