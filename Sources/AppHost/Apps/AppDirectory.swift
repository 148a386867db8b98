// Which app serves which namespace and which path, for every event loop. Written when apps come, go
// or are reloaded; read once for each CONNECT packet and each HTTP request, never for events.

import Atomics
import LuaRuntime
import NIOConcurrencyHelpers

/// The namespaces of all apps.
final class AppDirectory: Sendable {
  /// One namespace and who serves it.
  struct Place: Sendable {
    let namespace: String
    let app: String
    let workers: AppWorkers
    let routes: RouteTable
    /// What pages can show of the app; nil while it does not run.
    let catalog: PageCatalog?
    /// The key that signs publications; nil if nobody outside may publish.
    let publishKey: String?
    fileprivate let socketPaths: [String]
    fileprivate let hosts: HostRule
  }

  private struct State {
    var places: [String: Place] = [:]
    var patterns: [(pattern: NamespacePattern, place: Place)] = []

    func place(_ namespace: String) -> Place? {
      places[namespace] ?? patterns.first { $0.pattern.matches(namespace) }?.place
    }
  }

  private let hostSocketPaths: [String]
  private let state = NIOLockedValueBox(State())
  private let changes = ManagedAtomic(0)

  /// Grows with each change.
  var revision: Int { changes.load(ordering: .acquiring) }

  /// - Parameter socketPaths: where apps answer whose manifest names no paths of its own.
  init(socketPaths: [String]) { hostSocketPaths = socketPaths }

  /// Replaces what an app serves; an empty report removes it.
  ///
  /// A namespace that another app serves stays with that app.
  /// - Returns: the namespaces that were refused for that reason.
  func set(_ report: LoadReport, of workers: AppWorkers, _ source: AppSource) -> [String] {
    let catalog = report.manifest.map { PageCatalog($0, of: source) }
    let places = report.namespaces.map { place(of: $0, report, catalog, workers, source) }
    // When the new places are there: who asked before must ask again.
    defer { changes.wrappingIncrement(ordering: .releasing) }
    return state.withLockedValue { state in
      state.places = state.places.filter { $0.value.workers !== workers }
      state.patterns.removeAll { $0.place.workers === workers }
      let refused = report.namespaces.filter { state.places[$0] != nil }
      for place in places where state.places[place.namespace] == nil {
        state.places[place.namespace] = place
      }
      for pattern in report.patterns {
        guard let place = state.places[pattern.script], place.workers === workers else { continue }
        state.patterns.append((pattern, place))
      }
      return refused
    }
  }

  private func place(
    of namespace: String, _ report: LoadReport, _ catalog: PageCatalog?, _ workers: AppWorkers,
    _ source: AppSource
  ) -> Place {
    let paths = source.manifest.socketPaths
    return Place(
      namespace: namespace, app: source.name, workers: workers,
      routes: RouteTable(
        keys: report.routes.filter { $0.namespace == namespace }.map(\.key)),
      catalog: catalog,
      publishKey: source.publishKey, socketPaths: paths.isEmpty ? hostSocketPaths : paths,
      hosts: HostRule(source.manifest.allowedHosts))
  }

  /// The workers that serve `namespace` to a client that came by `path` and this `Host` header.
  func workers(for namespace: String, on path: String, host: String?) -> AppWorkers? {
    guard let place = place(of: namespace, host: host), place.socketPaths.contains(path) else {
      return nil
    }
    return place.workers
  }

  /// Who serves `namespace` to this `Host` header.
  func place(of namespace: String, host: String?) -> Place? {
    guard let place = state.withLockedValue({ $0.place(namespace) }), place.hosts.allows(host)
    else { return nil }
    return place
  }

  /// The app called `name`, if it answers to this `Host` header.
  func place(ofApp name: String, host: String?) -> Place? {
    place(ofApp: name).flatMap { $0.hosts.allows(host) ? $0 : nil }
  }

  /// The app called `name`, by its first namespace.
  func place(ofApp name: String) -> Place? {
    state.withLockedValue { state in
      state.places["/\(name)"] ?? state.places.values.first { $0.app == name }
    }
  }
}
