/// Sections with their else-parts and aliases, and inline partials.
extension TemplateParser {
  mutating func section(
    into nodes: inout [Node], _ mode: Mode, at start: Int, isInverted: Bool
  ) throws(ReactiveError) {
    let keyword = isInverted ? nil : keyword()
    if keyword == "partial" { return try inlinePartial(&nodes, mode, at: start) }
    let from = position
    let expression = try expression()
    let name = text.text(from..<position).trimmedLikeJavaScript
    let kind = isInverted ? .unless : keyword.flatMap(Section.Kind.init) ?? .section
    let aliases = try aliases(kind, expression)
    try expect(close)
    takeLine(&nodes, from: start)
    nodes.append(
      .section(try bodies(mode, kind: kind, expression: expression, aliases: aliases)))
    try endSection(label: keyword ?? name, name: name, at: start)
  }

  /// Reads the keyword of a section: a word of its own before the expression.
  private mutating func keyword() -> String? {
    let before = position
    position = text.skippingSpace(from: position)
    let name = text.text(word(\.isNamePart))
    if ["each", "if", "unless", "with", "partial"].contains(name), text[position]?.isSpace == true,
      !text.has(close, at: text.skippingSpace(from: position))
    {
      return name
    }
    position = before
    return nil
  }

  /// Reads the contents, and those after each else.
  private mutating func bodies(
    _ mode: Mode, kind: Section.Kind, expression: Expression, aliases: [Alias]
  ) throws(ReactiveError) -> Section {
    let body = try nodes(mode)
    var branches: [(condition: Expression?, body: [Node])] = []
    while case .otherwise(let condition)? = closing?.kind {
      if let last = branches.last, last.condition == nil {
        throw text.error(
          at: closingOffset, "nothing follows {{else}} but the section's end")
      }
      if branches.count > Self.depthLimit {
        throw text.error(
          at: closingOffset, "more than \(Self.depthLimit) elseifs in one section", code: .limit)
      }
      closing = nil
      branches.append((condition, try nodes(mode)))
    }
    var other: [Node] = []
    for branch in branches.reversed() {
      guard let condition = branch.condition else {
        other = branch.body
        continue
      }
      other = [
        .section(
          Section(kind: .if, expression: condition, aliases: [], body: branch.body, other: other))
      ]
    }
    return Section(kind: kind, expression: expression, aliases: aliases, body: body, other: other)
  }

  private mutating func endSection(
    label: String, name: String, at start: Int
  ) throws(ReactiveError) {
    guard case .sectionEnd(let given)? = closing?.kind else {
      throw text.error(at: start, "{{#\(label)}} is not closed; it ends with {{/\(label)}}")
    }
    guard given.isEmpty || given == label || given == name else {
      let line = text.place(at: start).line
      throw text.error(
        at: closingOffset, "{{/\(given)}} does not close {{#\(label)}} of line \(line)")
    }
    closing = nil
  }

  private mutating func inlinePartial(
    _ nodes: inout [Node], _ mode: Mode, at start: Int
  ) throws(ReactiveError) {
    let name = try partialName()
    try expect(close)
    takeLine(&nodes, from: start)
    let from = position
    let delimiters = Template.Delimiters(open: open, close: close)
    let body = try self.nodes(mode)
    let source = text.text(from..<max(from, closingOffset))
    try endSection(label: "partial", name: name, at: start)
    partials[name] = Template(
      source: source, name: text.name, delimiters: delimiters, nodes: body, partials: [:])
  }

  /// Reads `as item`, `as one, expression as two` and `:key,index` behind a section's expression.
  private mutating func aliases(
    _ kind: Section.Kind, _ expression: Expression
  ) throws(ReactiveError) -> [Alias] {
    var aliases: [Alias] = []
    var next = expression
    while let name = takeAs() {
      guard kind == .with else {
        aliases.append(Alias(name: name, meaning: .item))
        break
      }
      aliases.append(Alias(name: name, meaning: .expression(next)))
      guard take([UInt8(ascii: ",")]) else { break }
      next = try self.expression()
    }
    if take([UInt8(ascii: ":")]) {
      aliases.append(Alias(name: try aliasName(), meaning: .key))
      if take([UInt8(ascii: ",")]) {
        aliases.append(Alias(name: try aliasName(), meaning: .index))
      }
    }
    return aliases
  }

  private mutating func takeAs() -> String? {
    let before = position
    if take(Array("as".utf8)), text[position]?.isSpace == true, let name = try? aliasName() {
      return name
    }
    position = before
    return nil
  }

  private mutating func aliasName() throws(ReactiveError) -> String {
    position = text.skippingSpace(from: position)
    let name = word(\.isNamePart)
    if name.isEmpty { throw text.error(at: position, "expected a name") }
    return text.text(name)
  }
}
