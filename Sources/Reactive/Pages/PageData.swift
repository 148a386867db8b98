/// What the page's scripts go on from: for each binding and widget what was drawn, from what.
struct PageData {
  let page: LivePage
  let bindings: [BindingFill]
  let widgets: [WidgetFill]

  /// `{"bindings": […], "widgets": […]}`
  var value: JSONValue {
    [
      "bindings": .array(zip(page.bindings, bindings).map(entry)),
      "widgets": .array(zip(page.widgets, widgets).map(entry)),
    ]
  }

  private func entry(_ binding: Binding, _ fill: BindingFill) -> JSONValue {
    [
      "namespace": .string(fill.address.namespace),
      "model": fill.address.model.map(JSONValue.string) ?? .null,
      // What the page asks for again; the channel has the key that the model chose.
      "key": fill.address.key.map(JSONValue.string) ?? .null,
      "channel": fill.channel.map(JSONValue.string) ?? .null,
      "position": fill.position,
      "snapshot": fill.snapshot ?? .null,
      "template": .string(binding.source),
      "schemas": fill.schemas,
    ]
  }

  private func entry(_ widget: WidgetUse, _ fill: WidgetFill) -> JSONValue {
    let partials = fill.partials.sorted { $0.key < $1.key }.map { name, partial in
      (name, JSONValue.string(partial.source))
    }
    let members = JSONObject([
      ("app", .string(fill.app)),
      ("name", .string(widget.name)),
      ("id", .string(widget.id)),
      ("namespace", .string(fill.namespace)),
      ("template", fill.template.map { .string($0.source) } ?? .null),
      ("data", fill.data),
      ("partials", .object(JSONObject(partials))),
      ("schemas", fill.schemas),
      ("scripts", .array(fill.scripts.map(JSONValue.string))),
    ])
    return .object(members.merging(fill.more))
  }
}

extension PageVisit {
  /// What a template sees of a model or widget, with the page's own state beside it. It is what the
  /// browser shows before it is connected.
  func viewData(_ members: JSONObject) -> JSONValue {
    .object(
      members.merging([
        "$query": .object(query), "$connected": false, "$pending": 0, "$errors": [:],
        "$error": "",
      ]))
  }
}
