/// Elements, and what two-way bindings show in fields.
extension Renderer {
  mutating func render(
    _ element: Element, _ scope: Scope, _ frame: Frame
  ) throws(ReactiveError) {
    if !frame.components.isEmpty, let component = frame.components[element.name] {
      return try render(component, for: element, scope, frame)
    }
    if let startTag = element.startTag {
      output.append(contentsOf: startTag)
      try render(element.body, scope, frame)
    } else {
      try renderDynamic(element, scope, frame)
    }
    output.append(contentsOf: element.endTag)
  }

  private mutating func renderDynamic(
    _ element: Element, _ scope: Scope, _ frame: Frame
  ) throws(ReactiveError) {
    var attributes = AttributeList()
    try collect(element.attributes, into: &attributes, scope, frame)
    let bound = element.boundExpression("value")?.value(in: scope)
    var inner = frame
    var body: [UInt8]?
    if let bound {
      if element.kind == .select {
        attributes.remove("value")
        inner = frame.selecting(bound)
      } else if element.kind == .textarea || attributes["contenteditable"] != nil {
        attributes.remove("value")
        body = Escaping.escaped(bound.shownText)
      }
    }
    if element.kind == .input { checkGroup(element, &attributes, scope) }
    if element.kind == .option || element.kind == .textarea, body == nil {
      body = try captured { renderer throws(ReactiveError) in
        try renderer.render(element.body, scope, inner)
      }
    }
    if element.kind == .option, let body { select(&attributes, body, frame) }
    open(element, attributes)
    if let body {
      if element.kind == .textarea, body.first == 0x0A { output.append(0x0A) }
      output.append(contentsOf: body)
    } else {
      try render(element.body, scope, inner)
    }
  }

  private mutating func open(_ element: Element, _ attributes: AttributeList) {
    output.append(UInt8(ascii: "<"))
    output.append(contentsOf: element.name.utf8)
    attributes.append(to: &output)
    output.append(UInt8(ascii: ">"))
  }

  /// Radio buttons and checkboxes whose name is a mustache are checked by their value.
  private func checkGroup(_ element: Element, _ attributes: inout AttributeList, _ scope: Scope) {
    guard let expression = element.boundExpression("name"),
      let keypath = scope.keypath(of: expression),
      let type = attributes["type"].map({ String(decoding: $0, as: UTF8.self).lowercased() }),
      type == "radio" || type == "checkbox"
    else { return }
    attributes.replace(
      "name", value: Array("{{".utf8) + Escaping.escaped(keypath) + Array("}}".utf8))
    let own = Escaping.unescaped(attributes["value"] ?? [])
    choose(&attributes, "checked", expression.value(in: scope), own: own)
  }

  /// An option is selected by its value, or else by its text.
  private func select(_ attributes: inout AttributeList, _ body: [UInt8], _ frame: Frame) {
    guard let model = frame.select else { return }
    let own =
      attributes["value"].map(Escaping.unescaped)
      ?? Escaping.unescaped(body).split(whereSeparator: \.isWhitespace)
        .joined(separator: " ")
    choose(&attributes, "selected", model, own: own)
  }

  /// Sets a boolean attribute by whether the model has the field's own value.
  private func choose(
    _ attributes: inout AttributeList, _ name: String, _ model: Value, own: String
  ) {
    guard let json = model.json else { return }
    attributes.remove(name)
    let values = json.array ?? [json]
    let isChosen = values.contains { value in
      value != .null && ExactText.same(Value.json(value).shownText, own)
    }
    if isChosen { attributes.replace(name, value: []) }
  }
}

extension Element {
  /// The expression of the attribute `name` if its value is one mustache.
  fileprivate func boundExpression(_ name: String) -> Expression? {
    for case .attribute(let attribute) in attributes where attribute.lowercaseName == name {
      if case .single(let expression) = attribute.kind { return expression }
      switch attribute.kind {
      case .toggledClass, .style: continue
      default: return nil
      }
    }
    return nil
  }
}
