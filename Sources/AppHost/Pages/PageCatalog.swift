// What pages can show of one app: its manifest made ready, with the templates that lie in files. Made by
// the registry, whose queue may block on files; read by every page request.

import Foundation
import Reactive

/// The models, schemas and widgets of an app that serves.
struct PageCatalog: Sendable {
  private let models: Set<PageManifest.Model>
  private let schemas: [String: JSONObject]
  /// By name.
  let widgets: [String: PageWidget]
  /// - Parameter read: the text of a file in the app's www; nil when there is none.
  init(
    _ manifest: PageManifest, app: String, read: @escaping (_ file: String) -> String?
  ) {
    models = manifest.models
    schemas = manifest.schemas
    widgets = manifest.widgets.compactMapValues { widget in
      PageWidget(
        app: app, lineage: manifest.lineage(of: widget.name),
        schemas: manifest.schemas[widget.namespace] ?? [:], read: read)
    }
  }

  /// What the app of `source` shows; blocks on its files.
  init(_ manifest: PageManifest, of source: AppSource) {
    self.init(manifest, app: source.name) { file in
      guard let www = source.www, !file.split(separator: "/").contains("..") else { return nil }
      return try? String(contentsOfFile: "\(www)/\(file)", encoding: .utf8)
    }
  }

  /// Descriptions of arguments by event.
  func schemas(of namespace: String) -> JSONObject { schemas[namespace] ?? [:] }

  /// Why pages cannot show a model; nil if they can.
  func problem(withModel name: String, in namespace: String) -> String? {
    if models.contains(.init(namespace: namespace, name: name)) { return nil }
    let known = models.filter { $0.namespace == namespace }.map(\.name).sorted()
    let remedy = nearest(to: name, in: known).map { "; did you mean \"\($0)\"?" } ?? ""
    return "\(namespace) has no model \"\(name)\"\(remedy)"
  }

  /// Why pages cannot show a widget.
  func problem(withWidget name: String, of app: String) -> String {
    let known = widgets.keys.sorted()
    let remedy = nearest(to: name, in: known).map { "; did you mean \"\($0)\"?" } ?? ""
    return "\(app) has no widget \"\(name)\"\(remedy)"
  }
}
