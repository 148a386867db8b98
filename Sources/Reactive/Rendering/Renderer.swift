// Renders a template into bytes: one walk over its tree, which stops at the bounds that
// `Template.render` names. Elements and their attributes are in `Renderer+elements.swift` and
// `+attributes.swift`, partials and components in `Renderer+partials.swift`.

/// The state of one rendering.
struct Renderer {
  /// How many bytes the output may have.
  static let outputLimit = 16 << 20
  /// How deeply nodes may be nested within one another, through partials and components too.
  static let nestingLimit = 1_200

  var output: [UInt8] = []
  let work = Work()
  private let frame: Frame
  private var nesting = 0
  /// The partials that were read again with an indentation.
  var indented: [String: Template] = [:]
  /// What errors call the template.
  private var name = ""

  init(partials: [String: Template], components: [String: Component]) {
    frame = Frame(partials: partials, components: components)
  }

  /// The output as text.
  var text: String { String(decoding: output, as: UTF8.self) }

  mutating func render(_ template: Template, data: JSONValue) throws(ReactiveError) {
    name = template.name
    let inner = Frame(
      partials: frame.partials.merging(template.partials) { $1 }, components: frame.components)
    output.reserveCapacity(template.source.utf8.count * 2)
    try render(template.nodes, Scope(root: data, work: work), inner)
  }

  mutating func render(_ nodes: [Node], _ scope: Scope, _ frame: Frame) throws(ReactiveError) {
    nesting += 1
    if nesting > Self.nestingLimit {
      throw limit("the template's parts are nested more than \(Self.nestingLimit) deep")
    }
    for node in nodes {
      try charge()
      switch node {
      case .text(let bytes): output.append(contentsOf: bytes)
      case .value(let expression, let isRaw):
        show(expression.value(in: scope), isRaw: isRaw && !frame.isAttribute)
      case .section(let section): try render(section, scope, frame)
      case .partial(let use): try render(use, scope, frame)
      case .element(let element): try render(element, scope, frame)
      case .yield(let name): try yield(name, frame)
      case .attribute: break
      }
    }
    nesting -= 1
  }

  /// Counts a step, and checks what has been used so far.
  mutating func charge() throws(ReactiveError) {
    work.spend(1)
    if work.isUsedUp { throw limit("rendering takes more than \(Work.limit) steps") }
    if output.count > Self.outputLimit {
      throw limit("the output is larger than \(Self.outputLimit >> 20) MiB")
    }
  }

  func limit(_ message: String) -> ReactiveError {
    ReactiveError(.limit, (name.isEmpty ? "" : "\(name): ") + message, name: name)
  }

  private mutating func show(_ value: Value, isRaw: Bool) {
    switch value {
    case .json(.string(let text)) where !isRaw: Escaping.append(text, to: &output)
    case .json(.number(let number)): NumberText.append(number, to: &output)
    case .undefined, .json(.null), .function: break
    default:
      let text = value.shownText
      if isRaw {
        output.append(contentsOf: text.utf8)
      } else {
        Escaping.append(text, to: &output)
      }
    }
  }

  private mutating func render(
    _ section: Section, _ scope: Scope, _ frame: Frame
  ) throws(ReactiveError) {
    try expand(section, scope) { renderer, nodes, inner throws(ReactiveError) in
      try renderer.render(nodes, inner, frame)
    }
  }

  /// Calls `visit` for what a section shows: its contents for each item, or its else-part.
  mutating func expand(
    _ section: Section, _ scope: Scope,
    _ visit: (inout Renderer, [Node], Scope) throws(ReactiveError) -> Void
  ) throws(ReactiveError) {
    if section.kind == .with, !section.aliases.isEmpty {
      return try visit(&self, section.body, Scope(aliases: section.aliases, in: scope))
    }
    let value = section.expression.value(in: scope)
    if value.isShown == (section.kind == .unless) {
      if !section.other.isEmpty { try visit(&self, section.other, scope) }
      return
    }
    switch (section.kind, value) {
    case (.if, _), (.unless, _): try visit(&self, section.body, scope)
    case (.each, .json(.array(let items))), (.section, .json(.array(let items))):
      for (index, item) in items.enumerated() {
        let key = Scope.Key(index: index, name: nil)
        try visitItem(item, key, section, scope, visit)
      }
    case (.each, .json(.object(let object))):
      let members = object.members.filter { !Members.isForbidden($0.key) }
      for (index, member) in members.enumerated() {
        let key = Scope.Key(index: index, name: member.key)
        try visitItem(member.value, key, section, scope, visit)
      }
    case (.each, _): break
    default:
      let inner = Scope(
        value, in: scope, origin: section.expression, aliases: section.aliases)
      try visit(&self, section.body, inner)
    }
  }

  private mutating func visitItem(
    _ item: JSONValue, _ key: Scope.Key, _ section: Section, _ scope: Scope,
    _ visit: (inout Renderer, [Node], Scope) throws(ReactiveError) -> Void
  ) throws(ReactiveError) {
    try charge()
    let inner = Scope(
      .json(item), in: scope, origin: section.expression, key: key, aliases: section.aliases)
    try visit(&self, section.body, inner)
  }

  /// The output of `body` alone.
  mutating func captured(
    _ body: (inout Renderer) throws(ReactiveError) -> Void
  ) throws(ReactiveError) -> [UInt8] {
    let start = output.count
    try body(&self)
    let captured = Array(output[start...])
    output.removeSubrange(start...)
    return captured
  }
}
