/// HTML: elements, comments, the doctype.
extension TemplateParser {
  /// Reads what `<` begins; false when it begins nothing and is text.
  mutating func markup(into nodes: inout [Node], owner: String) throws(ReactiveError) -> Bool {
    let start = position
    if text.has(Array("<!--".utf8), at: position) {
      position += 4
      _ = try until(Array("-->".utf8), "the comment")
    } else if text[position + 1] == UInt8(ascii: "!") {
      position += 2
      let declared = text.text(try until([UInt8(ascii: ">")], "<!"))
      if declared.lowercased().hasPrefix("doctype") {
        nodes.append(.text(Array("<!\(declared)>".utf8)))
      }
    } else if text[position + 1] == UInt8(ascii: "/") {
      position += 2
      let name = elementName()
      guard let name, take([UInt8(ascii: ">")]) else {
        throw text.error(at: position, "expected the name of an element and >")
      }
      close(.endTag(name), at: start)
    } else {
      return try element(into: &nodes, owner: owner)
    }
    return true
  }

  private mutating func elementName() -> String? {
    guard text[position]?.isLetter == true else { return nil }
    return text.text(word(HTMLNames.isNamePart))
  }

  private mutating func element(
    into nodes: inout [Node], owner: String
  ) throws(ReactiveError) -> Bool {
    let start = position
    position += 1
    guard let name = elementName() else {
      position = start
      return false
    }
    let tag = name.lowercased()
    if HTMLNames.implied[owner]?.contains(tag) == true {
      position = start
      close(.implied)
    } else {
      nodes.append(.element(try element(name, tag, at: start)))
    }
    return true
  }

  private mutating func element(
    _ name: String, _ tag: String, at start: Int
  ) throws(ReactiveError) -> Element {
    let attributes = try nodes(.attributes(element: tag))
    guard case .tagEnd(let isSelfClosing)? = closing?.kind else {
      throw text.error(at: start, "the tag <\(name) is not closed")
    }
    closing = nil
    if tag == "meta" { try refuseDynamicRefresh(attributes, at: start) }
    let isVoid = HTMLNames.void.contains(tag)
    let outer = partials
    let mayBeComponent =
      name.utf8.first != tag.utf8.first || name.utf8.contains(UInt8(ascii: "-"))
    if mayBeComponent { partials = [:] }
    let body = isSelfClosing || isVoid ? [] : try self.body(name, tag, at: start)
    let inner = mayBeComponent ? partials : [:]
    if mayBeComponent { partials = outer }
    let kind = Self.kinds[tag] ?? .plain
    return Element(
      name: name, kind: kind, attributes: attributes, body: body, isVoid: isVoid, partials: inner,
      startTag: Self.staticStartTag(name, kind, attributes))
  }

  private static let kinds: [String: Element.Kind] = [
    "input": .input, "select": .select, "option": .option, "textarea": .textarea,
  ]

  /// The start tag of an element whose attributes depend on nothing.
  private static func staticStartTag(
    _ name: String, _ kind: Element.Kind, _ attributes: [Node]
  ) -> [UInt8]? {
    guard kind != .option, kind != .textarea else { return nil }
    var list = AttributeList()
    for node in attributes {
      guard case .attribute(let attribute) = node else { return nil }
      switch attribute.kind {
      case .bare: list.set(attribute, value: [])
      case .fixed(let value): list.set(attribute, value: value)
      default: return nil
      }
    }
    var tag = Array("<\(name)".utf8)
    list.append(to: &tag)
    tag.append(UInt8(ascii: ">"))
    return tag
  }

  private func refuseDynamicRefresh(
    _ attributes: [Node], at start: Int
  ) throws(ReactiveError) {
    let all = Self.flattened(attributes)
    let isDynamic = all.contains { attribute in
      switch attribute.kind {
      case .single, .mixed: true
      default: false
      }
    }
    if isDynamic, all.contains(where: { $0.lowercaseName == "http-equiv" }) {
      throw text.error(at: start, "<meta http-equiv> takes no dynamic attribute")
    }
  }

  /// The attributes of a list with those in its sections.
  private static func flattened(_ nodes: [Node]) -> [Attribute] {
    nodes.flatMap { node -> [Attribute] in
      switch node {
      case .attribute(let attribute): [attribute]
      case .section(let section): flattened(section.body) + flattened(section.other)
      default: []
      }
    }
  }

  private mutating func body(
    _ name: String, _ tag: String, at start: Int
  ) throws(ReactiveError) -> [Node] {
    let body: [Node]
    switch tag {
    case "script", "style": body = try rawText(tag, at: start)
    case "textarea", "title": body = try nodes(.plainText(tag))
    default: body = try nodes(.content(owner: tag))
    }
    if case .endTag(let given)? = closing?.kind, given.lowercased() == tag {
      closing = nil
    } else if HTMLNames.implied[tag] == nil {
      throw notClosed(name, at: start)
    } else if case .implied? = closing?.kind {
      closing = nil
    }
    return body
  }

  private func notClosed(_ name: String, at start: Int) -> ReactiveError {
    guard case .endTag(let given)? = closing?.kind else {
      return text.error(at: start, "<\(name)> is not closed; it ends with </\(name)>")
    }
    let line = text.place(at: closingOffset).line
    return text.error(
      at: start, "<\(name)> is not closed; </\(given)> stands at line \(line) instead")
  }

  /// Reads the text of a script or style, in which nothing is special but its end.
  private mutating func rawText(_ tag: String, at start: Int) throws(ReactiveError) -> [Node] {
    let from = position
    while text[position] != nil {
      let end = position
      if plainTextEnd(of: tag) { return from < end ? [.text(Array(text.bytes[from..<end]))] : [] }
      position += 1
    }
    throw text.error(at: start, "<\(tag)> is not closed; it ends with </\(tag)>")
  }

  /// Reads the end tag of an element in which other tags are text; false when it isn't here.
  mutating func plainTextEnd(of tag: String) -> Bool {
    let start = position
    guard text[position] == UInt8(ascii: "<"), text[position + 1] == UInt8(ascii: "/") else {
      return false
    }
    position += 2
    let name = word { $0.isLetter }
    if text.text(name).lowercased() == tag, take([UInt8(ascii: ">")]) {
      close(.endTag(tag), at: start)
      return true
    }
    position = start
    return false
  }
}
