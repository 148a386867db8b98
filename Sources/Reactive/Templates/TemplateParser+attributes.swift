/// Attributes: static, dynamic, conditional, `class-` and `style-`. Refuses the places in which no
/// value would be safe.
extension TemplateParser {
  /// Reads the end of a tag, white space or an attribute.
  mutating func attribute(
    into nodes: inout [Node], of element: String
  ) throws(ReactiveError) {
    let next = text.skippingSpace(from: position)
    if next > position {
      position = next
    } else if text[position] == UInt8(ascii: ">") {
      position += 1
      close(.tagEnd(isSelfClosing: false))
    } else if text[position] == UInt8(ascii: "/") {
      position += 1
      if text[position] == UInt8(ascii: ">") {
        position += 1
        close(.tagEnd(isSelfClosing: true))
      }
    } else if let attribute = try attribute(of: element) {
      nodes.append(.attribute(attribute))
    }
  }

  private mutating func attribute(of element: String) throws(ReactiveError) -> Attribute? {
    let start = position
    let opening = open[0]
    let name = text.text(
      word { !$0.isSpace && !"\"'<>/={".utf8.contains($0) && $0 != opening })
    if name.isEmpty {
      let found = text.text(position..<position + 1)
      throw text.error(at: position, "unexpected \(found) among the attributes of <\(element)>")
    }
    if text.has(open, at: position) {
      throw text.error(at: position, "the name of an attribute can't be dynamic")
    }
    let hasValue = take([UInt8(ascii: "=")])
    if hasValue { position = text.skippingSpace(from: position) }
    let prefix = ["on-", "class-", "style-"].first { name.hasPrefix($0) && name != $0 }
    guard let prefix else {
      return try plainAttribute(name, hasValue: hasValue, of: element, at: start)
    }
    if !hasValue { throw text.error(at: position, "\(name) needs a value") }
    let rest = String(name.dropFirst(prefix.count))
    switch prefix {
    case "on-":
      try quoted { parser, quote throws(ReactiveError) in try parser.event(quote) }
      return nil
    case "class-":
      var condition = Expression.undefined
      try quoted { parser, quote throws(ReactiveError) in
        condition = try parser.attributeExpression(quote)
      }
      return Attribute(name: rest, kind: .toggledClass(condition))
    default: return Attribute(name: Self.propertyName(rest), kind: .style(try value()))
    }
  }

  private mutating func plainAttribute(
    _ name: String, hasValue: Bool, of element: String, at start: Int
  ) throws(ReactiveError) -> Attribute? {
    let parts = hasValue ? try value() : []
    let kind: Attribute.Kind
    if case .value(let expression, _)? = parts.first, parts.count == 1 {
      kind = .single(expression)
    } else if let fixed = Self.fixedText(parts) {
      kind = hasValue ? .fixed(Escaping.quotesEscaped(fixed)) : .bare
    } else {
      kind = .mixed(parts)
    }
    switch kind {
    case .single, .mixed:
      if let reason = Safety.refusal(of: name.lowercased(), on: element) {
        throw text.error(at: start, reason)
      }
    default: break
    }
    return HTMLNames.isDirective(name) ? nil : Attribute(name: name, kind: kind)
  }

  /// The text of `parts` when nothing in it is dynamic.
  private static func fixedText(_ parts: [Node]) -> [UInt8]? {
    var bytes: [UInt8] = []
    for part in parts {
      guard case .text(let added) = part else { return nil }
      bytes += added
    }
    return bytes
  }

  /// `backgroundColor` as `background-color`.
  private static func propertyName(_ name: String) -> String {
    var bytes: [UInt8] = []
    for byte in name.utf8 {
      if byte != byte.lowercase { bytes.append(UInt8(ascii: "-")) }
      bytes.append(byte.lowercase)
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// Reads text and mustaches up to the end of the value.
  private mutating func value() throws(ReactiveError) -> [Node] {
    let quote = takeQuote()
    let parts = try nodes(.value(quote: quote))
    guard case .value? = closing?.kind else {
      throw text.error(at: closingOffset, "the value is not closed")
    }
    closing = nil
    if quote != nil { position += 1 }
    return parts
  }

  private mutating func takeQuote() -> UInt8? {
    guard let byte = text[position], byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'")
    else { return nil }
    position += 1
    return byte
  }

  /// Calls `read` with the quote of the value; a value without one is read as if it were all.
  private mutating func quoted(
    _ read: (inout TemplateParser, UInt8?) throws(ReactiveError) -> Void
  ) throws(ReactiveError) {
    let end = text.end
    let quote = takeQuote()
    if quote == nil, !text.has(open, at: position) {
      let start = position
      text.end = word { !$0.isSpace && !"\"'=<>`".utf8.contains($0) }.upperBound
      position = start
    }
    try read(&self, quote)
    text.end = end
    if let quote { try expect([quote]) }
  }

  /// Reads an expression that is the whole value, with mustaches or without.
  mutating func attributeExpression(_ quote: UInt8?) throws(ReactiveError) -> Expression {
    guard take(open) else { return try expression(until: quote.map { [$0] } ?? [0]) }
    let result = try expression()
    try expect(close)
    return result
  }
}
