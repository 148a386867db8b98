// A declared widget ready for pages: its templates parsed, what it inherits put together, the addresses
// of what it needs. Made once for each generation of its app. Pure.

import Reactive

/// A widget as pages show it.
struct PageWidget: Sendable {
  let app: String
  let name: String
  let namespace: String
  /// nil when there is none that makes sense; `problem` says why.
  let template: Template?
  let partials: [String: Template]
  /// The names that a page may give.
  let params: JSONValue
  let base: String?
  /// Addresses, the base's first.
  let styles: [String]
  let scripts: [String]
  /// What the browser runs for each instance, as its script wrote it.
  let javaScript: String?
  /// By event.
  let schemas: JSONObject
  /// What keeps it from being shown.
  let problem: String?

  /// - Parameters:
  ///   - lineage: the widget's declaration behind those that it extends.
  ///   - schemas: those of its namespace.
  ///   - read: the text of a file in the app's www; nil when there is none.
  init?(
    app: String, lineage: [WidgetDeclaration], schemas: JSONObject,
    read: @escaping (String) -> String?
  ) {
    guard let widget = lineage.last else { return nil }
    self.app = app
    name = widget.name
    namespace = widget.namespace
    base = widget.base
    params = widget.params
    javaScript = widget.javaScript
    styles = lineage.flatMap { $0.styles.map { Self.address($0, in: app) } }.withoutRepetition
    scripts = lineage.flatMap { Self.scripts(of: $0, in: app) }.withoutRepetition
    self.schemas = lineage.reduce(schemas) { $0.merging($1.schemas) }
    var parser = TemplateShelf(app: app, read: read)
    let source = lineage.last { $0.template != nil } ?? widget
    template = parser.template(of: source)
    partials = parser.partials(of: lineage)
    problem = parser.problem
  }

  private static func scripts(of widget: WidgetDeclaration, in app: String) -> [String] {
    let needed = widget.scripts.map { address($0, in: app) }
    return widget.javaScript == nil ? needed : needed + ["/\(app)/_widgets/\(widget.name).js"]
  }

  /// The address of a file of the app's, or what is one already.
  private static func address(_ name: String, in app: String) -> String {
    name.hasPrefix("/") || name.contains("://") ? name : "/\(app)/\(name)"
  }
}

/// Finds and parses the templates of widgets; remembers what is wrong with the first that fails.
private struct TemplateShelf {
  let app: String
  let read: (String) -> String?
  private(set) var problem: String?

  init(app: String, read: @escaping (String) -> String?) {
    self.app = app
    self.read = read
  }

  mutating func template(of widget: WidgetDeclaration) -> Template? {
    guard let file = widget.templateFile else {
      guard let text = widget.template else {
        return fail("the widget \"\(widget.name)\" of \(app) has no template")
      }
      return parse(text, "\(app)/\(widget.name)")
    }
    guard let text = read(file) else {
      return fail("the template of the widget \"\(widget.name)\" is not there: \(app)/www/\(file)")
    }
    return parse(text, "\(app)/www/\(file)")
  }

  mutating func partials(of lineage: [WidgetDeclaration]) -> [String: Template] {
    var templates: [String: Template] = [:]
    for widget in lineage {
      for partial in widget.partials.members {
        let name = "\(app)/\(widget.name)>\(partial.key)"
        templates[partial.key] = partial.value.string.flatMap { parse($0, name) }
      }
    }
    return templates
  }

  private mutating func parse(_ text: String, _ name: String) -> Template? {
    do throws(ReactiveError) {
      return try Template(source: text, name: name)
    } catch {
      return fail(error.description)
    }
  }

  private mutating func fail(_ message: String) -> Template? {
    problem = problem ?? message
    return nil
  }
}

extension [String] {
  fileprivate var withoutRepetition: [String] {
    var known: Set<String> = []
    return filter { known.insert($0).inserted }
  }
}
