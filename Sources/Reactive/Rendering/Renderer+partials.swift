/// Partials, components, and what stands between a component's tags.
extension Renderer {
  mutating func render(
    _ use: PartialUse, _ scope: Scope, _ frame: Frame
  ) throws(ReactiveError) {
    let name =
      switch use.name {
      case .fixed(let name): name
      case .computed(let expression): expression.value(in: scope).shownText
      }
    guard let partial = frame.partials[name] else {
      if name == "content" { try yield(nil, frame) }
      return
    }
    let template = try indented(partial, by: use.indent)
    let inner = use.context.map { Scope($0.value(in: scope), in: scope, origin: $0) } ?? scope
    try checkDepth(frame, name)
    try render(template.nodes, inner, frame.deeper(adding: template.partials))
  }

  private mutating func indented(
    _ partial: Template, by indent: String
  ) throws(ReactiveError) -> Template {
    if indent.isEmpty { return partial }
    let key = "\(indent)\u{0}\(partial.source)"
    if let known = indented[key] { return known }
    let template = try partial.indented(by: indent)
    indented[key] = template
    return template
  }

  private func checkDepth(_ frame: Frame, _ name: String) throws(ReactiveError) {
    if frame.depth >= Frame.depthLimit {
      throw limit("{{>\(name)}} is nested more than \(Frame.depthLimit) deep")
    }
  }

  /// Renders what stands in the component's element, or its inline partial `name`, where that
  /// element stands.
  mutating func yield(_ name: String?, _ frame: Frame) throws(ReactiveError) {
    guard let outer = frame.outer else { return }
    try checkDepth(frame, outer.element.name)
    let nodes = name.map { outer.element.partials[$0]?.nodes ?? [] } ?? outer.element.body
    try render(nodes, outer.scope, outer.frame.yielding(depth: frame.depth + 1))
  }

  mutating func render(
    _ component: Component, for element: Element, _ scope: Scope, _ frame: Frame
  ) throws(ReactiveError) {
    try checkDepth(frame, element.name)
    var members = component.data.object?.members ?? []
    for case .attribute(let attribute) in element.attributes {
      guard let value = try parameter(attribute, scope, frame) else { continue }
      members.append(JSONObject.Member(key: attribute.name, value: value))
    }
    let data = JSONValue.object(JSONObject(members: members))
    let partials = component.template.partials.merging(element.partials) { $1 }
    try render(
      component.template.nodes, Scope(root: data, work: work),
      frame.deeper(adding: partials, drawing: element, in: scope))
  }

  /// What an attribute of a component's element says; nil when nothing.
  private mutating func parameter(
    _ attribute: Attribute, _ scope: Scope, _ frame: Frame
  ) throws(ReactiveError) -> JSONValue? {
    switch attribute.kind {
    case .bare: return .bool(true)
    case .fixed(let value): return .string(Escaping.unescaped(value))
    case .single(let expression): return expression.value(in: scope).json
    case .mixed(let parts):
      let value = try captured { renderer throws(ReactiveError) in
        try renderer.render(parts, scope, frame.inAttribute())
      }
      return .string(Escaping.unescaped(value))
    case .toggledClass, .style: return nil
    }
  }
}
