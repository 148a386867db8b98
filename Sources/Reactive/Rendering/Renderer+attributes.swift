/// Attributes with their values.
extension Renderer {
  mutating func collect(
    _ nodes: [Node], into attributes: inout AttributeList, _ scope: Scope, _ frame: Frame
  ) throws(ReactiveError) {
    for node in nodes {
      try charge()
      switch node {
      case .attribute(let attribute): try collect(attribute, into: &attributes, scope, frame)
      case .section(let section):
        var collected = attributes
        try expand(section, scope) { renderer, nodes, inner throws(ReactiveError) in
          try renderer.collect(nodes, into: &collected, inner, frame)
        }
        attributes = collected
      default: break
      }
    }
  }

  private mutating func collect(
    _ attribute: Attribute, into attributes: inout AttributeList, _ scope: Scope, _ frame: Frame
  ) throws(ReactiveError) {
    switch attribute.kind {
    case .toggledClass(let condition):
      if condition.value(in: scope).isShown {
        attributes.join("class", separator: " ", Array(attribute.name.utf8))
      }
    case .style(let parts):
      let style = try styleText(parts, scope, frame)
      if !style.isEmpty, Safety.isSafeStyle(style) {
        attributes.join(
          "style", separator: "; ", Escaping.escaped("\(attribute.name): \(style)") + [0x3B])
      }
    default:
      if !attributes.isTaken(attribute), let value = try value(of: attribute, scope, frame) {
        attributes.set(attribute, value: value)
      }
    }
  }

  private mutating func styleText(
    _ parts: [Node], _ scope: Scope, _ frame: Frame
  ) throws(ReactiveError) -> String {
    if case .value(let expression, _)? = parts.first, parts.count == 1 {
      let value = expression.value(in: scope)
      if case .json(.bool(false)) = value { return "" }
      return value.shownText
    }
    return Escaping.unescaped(try attributeText(parts, scope, frame))
  }

  /// The escaped value of an attribute; nil when it is left out.
  private mutating func value(
    of attribute: Attribute, _ scope: Scope, _ frame: Frame
  ) throws(ReactiveError) -> [UInt8]? {
    let value: [UInt8]
    switch attribute.kind {
    case .fixed(let value): return value
    case .single(let expression):
      let model = expression.value(in: scope)
      if HTMLNames.booleanAttributes.contains(attribute.lowercaseName) {
        return model.isShown ? [] : nil
      }
      if model.isNullish { return nil }
      value = Escaping.escaped(model.shownText)
    case .mixed(let parts):
      value = Escaping.quotesEscaped(try attributeText(parts, scope, frame))
    case .bare, .toggledClass, .style: return []
    }
    guard Safety.isURL(attribute.lowercaseName),
      !Safety.isSafeURL(value, in: attribute.lowercaseName)
    else { return value }
    return Array("unsafe:".utf8) + value
  }

  private mutating func attributeText(
    _ parts: [Node], _ scope: Scope, _ frame: Frame
  ) throws(ReactiveError) -> [UInt8] {
    try captured { renderer throws(ReactiveError) in
      try renderer.render(parts, scope, frame.inAttribute())
    }
  }
}
