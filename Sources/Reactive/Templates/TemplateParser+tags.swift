/// Mustaches: interpolations, comments, delimiters, partials.
extension TemplateParser {
  mutating func tag(into nodes: inout [Node], _ mode: Mode) throws(ReactiveError) {
    let start = position
    position += open.count
    if text[position] == UInt8(ascii: "{") {
      position += 1
      return try interpolation(into: &nodes, mode, at: start, isRaw: true, isTriple: true)
    }
    let sigil = text.skippingSpace(from: position)
    let byte = text[sigil]
    if byte.map("!=#^/>&".utf8.contains) == true { position = sigil + 1 }
    switch byte {
    case UInt8(ascii: "!"):
      _ = try until(close, "the comment")
      takeLine(&nodes, from: start)
    case UInt8(ascii: "="): try delimiters(&nodes, at: start)
    case UInt8(ascii: "#"): try section(into: &nodes, mode, at: start, isInverted: false)
    case UInt8(ascii: "^"): try section(into: &nodes, mode, at: start, isInverted: true)
    case UInt8(ascii: "/"):
      let name = text.text(try until(close, "the tag")).trimmedLikeJavaScript
      takeLine(&nodes, from: start)
      close(.sectionEnd(name), at: start)
    case UInt8(ascii: ">"): try partial(into: &nodes, mode, at: start)
    case UInt8(ascii: "&"):
      try interpolation(into: &nodes, mode, at: start, isRaw: true, isTriple: false)
    default: try named(into: &nodes, mode, at: start)
    }
  }

  /// Reads `yield`, `else`, `elseif`, or else an interpolation.
  private mutating func named(
    into nodes: inout [Node], _ mode: Mode, at start: Int
  ) throws(ReactiveError) {
    let inner = position
    position = text.skippingSpace(from: position)
    let keyword = text.text(word(\.isNamePart))
    if keyword == "yield", !mode.isList, let name = yielded() {
      nodes.append(.yield(name.isEmpty ? nil : name))
    } else if keyword == "else", take(close) {
      takeLine(&nodes, from: start)
      close(.otherwise(nil), at: start)
    } else if keyword == "elseif" || keyword == "else" && takeIf() {
      let condition = try expression()
      try expect(close)
      takeLine(&nodes, from: start)
      close(.otherwise(condition), at: start)
    } else {
      position = inner
      try interpolation(into: &nodes, mode, at: start, isRaw: false, isTriple: false)
    }
  }

  /// Reads the rest of a yield: the name, empty if there is none; nil when this is no yield.
  private mutating func yielded() -> String? {
    let before = position
    position = text.skippingSpace(from: position)
    let name = word { $0.isNamePart || $0 == UInt8(ascii: "-") }
    if take(close) { return text.text(name) }
    position = before
    return nil
  }

  private mutating func takeIf() -> Bool {
    take(Array("if".utf8)) && text[position]?.isNamePart != true
  }

  private mutating func interpolation(
    into nodes: inout [Node], _ mode: Mode, at start: Int, isRaw: Bool, isTriple: Bool
  ) throws(ReactiveError) {
    if mode.isList { throw onlySections(at: start) }
    let value = try expression()
    if isTriple { try expect([UInt8(ascii: "}")]) }
    try expect(close)
    nodes.append(.value(value, isRaw: isRaw))
  }

  private func onlySections(at offset: Int) -> ReactiveError {
    text.error(at: offset, "only sections can stand among attributes")
  }

  private mutating func delimiters(_ nodes: inout [Node], at start: Int) throws(ReactiveError) {
    let isPart = { (byte: UInt8) in !byte.isSpace && byte != UInt8(ascii: "=") }
    position = text.skippingSpace(from: position)
    let first = word(isPart)
    position = text.skippingSpace(from: position)
    let second = word(isPart)
    guard !first.isEmpty, !second.isEmpty, take([UInt8(ascii: "=")]) else {
      throw text.error(at: start, "expected two delimiters and =")
    }
    try expect(close)
    open = Array(text.bytes[first])
    close = Array(text.bytes[second])
    takeLine(&nodes, from: start)
  }

  private mutating func partial(
    into nodes: inout [Node], _ mode: Mode, at start: Int
  ) throws(ReactiveError) {
    if mode.isList { throw onlySections(at: start) }
    let name: PartialUse.Name
    if take([UInt8(ascii: "(")]) {
      name = .computed(try expression())
      try expect([UInt8(ascii: ")")])
    } else {
      name = .fixed(try partialName())
    }
    var context: Expression?
    if !take(close) {
      context = try expression()
      try expect(close)
    }
    let indent = takeLine(&nodes, from: start)
    nodes.append(.partial(PartialUse(name: name, context: context, indent: indent)))
  }

  mutating func partialName() throws(ReactiveError) -> String {
    position = text.skippingSpace(from: position)
    let name = word { byte in byte.isNamePart && byte < 0x80 || "/.-".utf8.contains(byte) }
    if name.isEmpty { throw text.error(at: position, "expected a partial's name") }
    return text.text(name)
  }

  /// Takes a tag from `start` to the position for its whole line if it is alone there. Answers its
  /// indentation.
  @discardableResult
  mutating func takeLine(_ nodes: inout [Node], from start: Int) -> String {
    let isBlank = { (byte: UInt8?) in byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }
    var lineStart = start
    while lineStart > 0, isBlank(text.bytes[lineStart - 1]) { lineStart -= 1 }
    guard lineStart == 0 || text.bytes[lineStart - 1] == UInt8(ascii: "\n") else { return "" }
    var end = position
    while isBlank(text[end]) { end += 1 }
    if text[end] == UInt8(ascii: "\r"), text[end + 1] == UInt8(ascii: "\n") { end += 1 }
    guard text[end] == nil || text[end] == UInt8(ascii: "\n") else { return "" }
    position = min(end + 1, text.end)
    if lineStart < start, case .text(let before)? = nodes.last {
      nodes.removeLast()
      if before.count > start - lineStart {
        nodes.append(.text(before.dropLast(start - lineStart)))
      }
    }
    return text.text(lineStart..<start)
  }
}
