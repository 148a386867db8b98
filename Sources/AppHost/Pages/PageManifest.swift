// What the scripts of an app declare for pages: models, widgets, schemas. Read when a generation begins
// to serve, and made ready for pages by PageCatalog. Pure.

import Reactive

/// The declarations of one generation.
struct PageManifest: Sendable {
  /// A model, or a family of models with keys.
  struct Model: Sendable, Hashable {
    let namespace: String
    let name: String
  }

  let models: Set<Model>
  /// By name.
  let widgets: [String: WidgetDeclaration]
  /// By namespace, then by event: the descriptions of the event's arguments.
  let schemas: [String: JSONObject]

  /// - Parameter json: what the Lua runtime says of the generation; what it lacks is not declared.
  init(_ json: some Sequence<UInt8>) throws(ReactiveError) {
    let manifest = try JSONValue(parsing: json)
    models = Set(manifest.list("models").compactMap(Model.init))
    let declarations = manifest.list("widgets").compactMap(WidgetDeclaration.init)
    widgets = Dictionary(declarations.map { ($0.name, $0) }, uniquingKeysWith: { $1 })
    var schemas: [String: [(String, JSONValue)]] = [:]
    for schema in manifest.list("schemas") {
      guard let namespace = schema["namespace"]?.string, let event = schema["event"]?.string else {
        continue
      }
      schemas[namespace, default: []].append((event, schema["args"] ?? []))
    }
    self.schemas = schemas.mapValues { JSONObject($0) }
  }

  /// The files in the app's www that hold templates of widgets.
  var templateFiles: Set<String> { Set(widgets.values.compactMap(\.templateFile)) }

  /// A widget and those that it extends, base first; empty when there is no such widget.
  func lineage(of name: String) -> [WidgetDeclaration] {
    var line: [WidgetDeclaration] = []
    var next: String? = name
    while let name = next, let widget = widgets[name], !line.contains(where: { $0.name == name }) {
      line.insert(widget, at: 0)
      next = widget.base
    }
    return line
  }
}

extension PageManifest.Model {
  fileprivate init?(_ json: JSONValue) {
    guard let namespace = json["namespace"]?.string, let name = json["name"]?.string else {
      return nil
    }
    self.init(namespace: namespace, name: name)
  }
}

/// A widget as its script declares it.
struct WidgetDeclaration: Sendable {
  let name: String
  let namespace: String
  /// The template's text, or the name of the file in the app's www that holds it.
  let template: String?
  let params: JSONValue
  /// The widget that it extends.
  let base: String?
  /// Stylesheets and scripts that it needs, as the script names them.
  let styles: [String]
  let scripts: [String]
  /// What the browser runs for each instance; nil for nothing.
  let javaScript: String?
  /// Templates by name.
  let partials: JSONObject
  /// By event.
  let schemas: JSONObject

  fileprivate init?(_ json: JSONValue) {
    guard let name = json["name"]?.string, let namespace = json["namespace"]?.string else {
      return nil
    }
    self.name = name
    self.namespace = namespace
    template = json["template"]?.string
    params = json["params"] ?? []
    base = json["extends"]?.string
    styles = json.texts("style")
    scripts = json.texts("script")
    javaScript = json["js"]?.string
    partials = json["partials"]?.object ?? [:]
    schemas = json["schemas"]?.object ?? [:]
  }

  /// The name of the file that holds the template; nil when the script does.
  var templateFile: String? {
    guard let template, template.hasSuffix(".html"),
      !template.contains(where: { $0.isNewline || $0 == "<" || $0 == "{" })
    else { return nil }
    return template
  }
}

extension JSONValue {
  fileprivate func list(_ key: String) -> [JSONValue] { self[key]?.array ?? [] }

  /// The texts of a member that is one text or a list of texts.
  fileprivate func texts(_ key: String) -> [String] {
    self[key]?.string.map { [$0] } ?? list(key).compactMap(\.string)
  }
}
