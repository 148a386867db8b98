// What a page needs for one request, sorted by the namespaces that can say it, and what they said put
// back in the page's order. Pure: who serves a namespace is asked by a closure.

import NIOCore
import PubSub
import Reactive

/// The questions of one page, and the answers so far.
struct PagePlan {
  /// Who can say something about a namespace.
  struct Source {
    /// The namespace of the script that serves it.
    let script: String
    /// nil while the app does not run.
    let catalog: PageCatalog?
  }

  /// What is asked in one namespace.
  struct Question {
    fileprivate var bindings: [(index: Int, name: String, key: String?)] = []
    fileprivate var widgets: [(index: Int, name: String, params: JSONValue)] = []

    /// The `needs` of the request: `{"models":[{"name","key"}],"widgets":[{"name","params"}]}`.
    var json: String {
      let needs: JSONValue = [
        "models": .array(
          bindings.map { ["name": .string($0.name), "key": $0.key.map { .string($0) } ?? nil] }),
        "widgets": .array(widgets.map { ["name": .string($0.name), "params": $0.params] }),
      ]
      return needs.serialized
    }
  }

  /// By namespace.
  private(set) var questions: [String: Question] = [:]
  /// In the page's order.
  private(set) var bindings: [BindingFill] = []
  private(set) var widgets: [WidgetFill] = []

  /// - Parameters:
  ///   - app: the app that the page belongs to; nil for a page of the host's.
  ///   - source: who serves a namespace; nil for nobody.
  ///   - owner: what the app of that name shows; nil when it does not run.
  init(
    _ page: LivePage, visit: PageVisit, app: String?, source: (_ namespace: String) -> Source?,
    owner: (_ app: String) -> PageCatalog?
  ) {
    for binding in page.bindings { add(binding, visit, source) }
    for use in page.widgets { add(use, app: use.app ?? app, owner) }
  }

  private mutating func add(
    _ binding: Binding, _ visit: PageVisit, _ source: (String) -> Source?
  ) {
    let index = bindings.count
    do throws(ReactiveError) {
      let address = try binding.address(for: visit)
      let namespace = address.namespace
      guard let source = source(namespace) else {
        let problem = "no app serves \(namespace)"
        return bindings.append(BindingFill(address: address, problem: problem))
      }
      let schemas = JSONValue.object(source.catalog?.schemas(of: source.script) ?? [:])
      guard let model = address.model else {
        return bindings.append(BindingFill(address: address, snapshot: [:], schemas: schemas))
      }
      let problem = source.catalog?.problem(withModel: model, in: source.script)
      bindings.append(
        BindingFill(address: address, key: address.key, schemas: schemas, problem: problem))
      if problem == nil {
        questions[namespace, default: Question()].bindings.append((index, model, address.key))
      }
    } catch {
      let nowhere = Binding.Address(namespace: "/")
      bindings.append(BindingFill(address: nowhere, problem: error.description))
    }
  }

  private mutating func add(_ use: WidgetUse, app: String?, _ owner: (String) -> PageCatalog?) {
    let index = widgets.count
    guard let app else {
      let problem = "the widget \"\(use.name)\" needs app=\"NAME\" in a page of the host's own"
      return widgets.append(WidgetFill(app: "", namespace: "/", template: nil, problem: problem))
    }
    let catalog = owner(app)
    guard let widget = catalog?.widgets[use.name] else {
      let problem =
        catalog.map { $0.problem(withWidget: use.name, of: app) } ?? "\(app) is not running"
      return widgets.append(
        WidgetFill(app: app, namespace: "/\(app)", template: nil, problem: problem))
    }
    widgets.append(WidgetFill(widget, data: use.params, problem: widget.problem))
    guard widget.problem == nil else { return }
    questions[widget.namespace, default: Question()].widgets.append((index, use.name, use.params))
  }

  // MARK: Answers

  /// Takes the answer to the question of `namespace`. One that makes no sense, as that of an app which
  /// does not run, leaves empty what it should have filled.
  mutating func take(_ answer: RouteResponse, from namespace: String) {
    guard answer.status == 200, let question = questions[namespace],
      let json = try? JSONValue(parsing: answer.body.readableBytesView)
    else { return }
    for (place, need) in question.bindings.enumerated() {
      guard let model = json["models"]?[place] else { continue }
      bindings[need.index] = bindings[need.index].filled(model, need.name, answer.positions)
    }
    for (place, need) in question.widgets.enumerated() {
      guard let widget = json["widgets"]?[place] else { continue }
      widgets[need.index] = widgets[need.index].filled(widget)
    }
  }
}

extension BindingFill {
  /// With the model that a script told: `{"channel","snapshot"}`; as it is when the script refused.
  fileprivate func filled(
    _ model: JSONValue, _ name: String, _ positions: [String: Position]
  ) -> BindingFill {
    guard let channel = model["channel"]?.string, let snapshot = model["snapshot"] else {
      return self
    }
    let prefix = "model:\(name):"
    return BindingFill(
      address: address, channel: channel,
      key: channel.hasPrefix(prefix) ? String(channel.dropFirst(prefix.count)) : nil,
      position: positions[channel].map { .string($0.description) } ?? nil, snapshot: snapshot,
      schemas: schemas, problem: problem)
  }
}

extension WidgetFill {
  fileprivate init(_ widget: PageWidget, data: JSONValue, problem: String?) {
    self.init(
      app: widget.app, namespace: widget.namespace, template: widget.template, data: data,
      partials: widget.partials, styles: widget.styles, scripts: widget.scripts,
      schemas: .object(widget.schemas), problem: problem)
  }

  /// With the data that a script made, `{"data"}`, or the reason why it made none, `{"error"}`.
  fileprivate func filled(_ widget: JSONValue) -> WidgetFill {
    WidgetFill(
      app: app, namespace: namespace, template: template, data: widget["data"] ?? data,
      partials: partials, styles: styles, scripts: scripts, schemas: schemas, more: more,
      problem: widget["error"]?.string ?? problem)
  }
}
