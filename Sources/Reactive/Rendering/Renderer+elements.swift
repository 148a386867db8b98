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
    let group = element.kind == .input ? group(of: element, scope) : nil
    try collect(element.attributes, into: &attributes, scope, frame, groupName: group?.name)
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
    if let group { choose(&attributes, "checked", group.model, own: attributes["value"] ?? []) }
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

  /// The model of radio buttons or checkboxes whose name is a mustache, which are checked by their
  /// value, and the name that they get.
  private func group(of element: Element, _ scope: Scope) -> (model: Value, name: [UInt8])? {
    guard case .fixed(let type)? = element.attribute("type")?.kind,
      ["radio", "checkbox"].contains(String(decoding: type, as: UTF8.self).lowercased()),
      let expression = element.boundExpression("name"),
      let keypath = scope.keypath(of: expression)
    else { return nil }
    return (expression.value(in: scope), Escaping.escaped("{{\(keypath)}}"))
  }

  /// An option is selected by its value, or else by its text.
  private func select(_ attributes: inout AttributeList, _ body: [UInt8], _ frame: Frame) {
    guard let model = frame.select else { return }
    choose(&attributes, "selected", model, own: attributes["value"] ?? Self.collapsed(body))
  }

  /// `text` without white space around, and each other stretch of it a single space.
  private static func collapsed(_ text: [UInt8]) -> [UInt8] {
    Array(text.split(whereSeparator: \.isSpace).joined(separator: [UInt8(ascii: " ")]))
  }

  /// Sets a boolean attribute by whether the model has the field's own value.
  private func choose(
    _ attributes: inout AttributeList, _ name: String, _ model: Value, own: [UInt8]
  ) {
    guard let json = model.json else { return }
    attributes.remove(name)
    let values = json.array ?? [json]
    let own = Escaping.unescaped(own)
    let isChosen = values.contains { value in
      value != .null && ExactText.same(Value.json(value).shownText, own)
    }
    if isChosen { attributes.replace(name, value: []) }
  }
}

extension Element {
  /// The expression of the attribute `name` if its value is one mustache.
  fileprivate func boundExpression(_ name: String) -> Expression? {
    if case .single(let expression)? = attribute(name)?.kind { expression } else { nil }
  }

  /// The first attribute `name`, in small letters.
  fileprivate func attribute(_ name: String) -> Attribute? {
    for case .attribute(let attribute) in attributes where attribute.lowercaseName == name {
      switch attribute.kind {
      case .toggledClass, .style: continue
      default: return attribute
      }
    }
    return nil
  }
}
