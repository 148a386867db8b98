// Reads a template in one pass over its bytes: HTML with mustaches, to a tree. This file holds the
// state and the loop over nodes, which is the same in text, attribute lists and values; they differ
// in their mode. Mustaches are read in `+tags` and `+sections`, HTML in `+elements`,
// `+attributes` and `+events`. Nothing is rendered here.

/// The state of reading one template.
struct TemplateParser {
  /// How deeply elements and sections may be nested.
  static let depthLimit = 100

  /// What nodes are read as.
  enum Mode {
    /// Contents of the element with this name in small letters; empty at the top.
    case content(owner: String)
    /// Contents of an element in which tags are text, such as `textarea`.
    case plainText(String)
    /// The attributes of the element with this name.
    case attributes(element: String)
    /// A value in quotes, or nil for one without.
    case value(quote: UInt8?)
    /// A part of an event's value, up to its quote or a mark.
    case event(quote: UInt8?, mark: UInt8)

    var isList: Bool { if case .attributes = self { true } else { false } }
  }

  /// What ended the nodes being read and is not one of them.
  struct Closing {
    enum Kind {
      case end
      case endTag(String)
      /// The start tag at the position implies the end of the element.
      case implied
      case tagEnd(isSelfClosing: Bool)
      case value
      case sectionEnd(String)
      /// With the condition of an elseif.
      case otherwise(Expression?)
    }

    let kind: Kind
    let offset: Int
  }

  var text: SourceText
  var position = 0
  var open = Array("{{".utf8)
  var close = Array("}}".utf8)
  var closing: Closing?
  /// The inline partials of the template, or of the component being read.
  var partials: [String: Template] = [:]
  private var depth = 0

  init(source: [UInt8], name: String, start: SourcePlace) {
    text = SourceText(bytes: source, name: name, start: start)
  }

  /// Reads the whole of `source`, which the parser was made for.
  mutating func template(source: String) throws(ReactiveError) -> Template {
    let delimiters = Template.Delimiters(open: open, close: close)
    let nodes = try nodes(.content(owner: ""))
    switch closing?.kind {
    case .endTag(let name): throw text.error(at: closingOffset, "</\(name)> closes nothing")
    case .sectionEnd(let name):
      throw text.error(at: closingOffset, "{{/\(name)}} closes nothing")
    case .otherwise: throw text.error(at: closingOffset, "{{else}} closes nothing")
    default: break
    }
    return Template(
      source: source, name: text.name, delimiters: delimiters, nodes: nodes, partials: partials)
  }

  /// Where what `closing` holds begins.
  var closingOffset: Int { closing?.offset ?? position }

  /// Reads nodes until something ends them, which is left in `closing`.
  mutating func nodes(_ mode: Mode) throws(ReactiveError) -> [Node] {
    depth += 1
    if depth > Self.depthLimit {
      throw text.error(at: position, "nested more than \(Self.depthLimit) deep", code: .limit)
    }
    defer { depth -= 1 }
    var nodes: [Node] = []
    while closing == nil {
      if text[position] == nil {
        close(.end)
      } else if text.has(open, at: position) {
        try tag(into: &nodes, mode)
      } else if try !stop(mode, &nodes) {
        readText(into: &nodes, mode)
      }
    }
    return nodes
  }

  mutating func close(_ kind: Closing.Kind, at offset: Int? = nil) {
    closing = Closing(kind: kind, offset: offset ?? position)
  }

  /// Reads what means more than text in `mode`; false when there is only text.
  private mutating func stop(_ mode: Mode, _ nodes: inout [Node]) throws(ReactiveError) -> Bool {
    guard let byte = text[position], Self.stops(byte, mode) else { return false }
    switch mode {
    case .content(let owner): return try markup(into: &nodes, owner: owner)
    case .plainText(let name):
      if !plainTextEnd(of: name) {
        position += 1
        nodes.append(.text(Self.takeText(&nodes) + Array("&lt;".utf8)))
      }
    case .attributes(let element): try attribute(into: &nodes, of: element)
    case .value, .event: close(.value)
    }
    return true
  }

  private static func stops(_ byte: UInt8, _ mode: Mode) -> Bool {
    switch mode {
    case .content, .plainText: byte == UInt8(ascii: "<")
    case .attributes: true
    case .value(let quote?): byte == quote
    case .value: byte.isSpace || "\"'=<>`".utf8.contains(byte)
    case .event(let quote, let mark):
      byte == mark || (quote.map { $0 == byte } ?? (byte.isSpace || byte == UInt8(ascii: ">")))
    }
  }

  private mutating func readText(into nodes: inout [Node], _ mode: Mode) {
    let start = position
    position += 1
    while let byte = text[position], !Self.stops(byte, mode), byte != open[0] { position += 1 }
    var added = Self.takeText(&nodes)
    added.append(contentsOf: text.bytes[start..<position])
    let mayEnd = text.has(open, at: position) || text.has(Array("<!".utf8), at: position)
    if mayEnd || text[position] == nil { Self.seal(&added, canOpenTag: position - start == 1) }
    nodes.append(.text(added))
  }

  /// Takes the text that `nodes` end with, which is then added to in place.
  private static func takeText(_ nodes: inout [Node]) -> [UInt8] {
    guard case .text(let text)? = nodes.last else { return [] }
    nodes.removeLast()
    return text
  }

  /// Keeps the end of a text from making a tag or an entity of the value that may follow, directly
  /// or behind a comment that is dropped.
  private static func seal(_ text: inout [UInt8], canOpenTag: Bool) {
    if canOpenTag, text.last == UInt8(ascii: "<") {
      text.removeLast()
      text.append(contentsOf: "&lt;".utf8)
      return
    }
    var index = text.count - 1
    while index >= 0, text[index].isLetter || text[index].isDigit || text[index] == 0x5F {
      index -= 1
    }
    if index >= 0, text[index] == UInt8(ascii: "#") { index -= 1 }
    if index >= 0, text[index] == UInt8(ascii: "&") {
      text.insert(contentsOf: "amp;".utf8, at: index + 1)
    }
  }

  /// Reads up to `end` and past it.
  mutating func until(_ end: [UInt8], _ what: String) throws(ReactiveError) -> Range<Int> {
    guard let found = text.find(end, from: position) else {
      let end = String(decoding: end, as: UTF8.self)
      throw text.error(at: position, "\(what) is not closed; it ends with \(end)")
    }
    defer { position = found + end.count }
    return position..<found
  }

  /// Reads `expected` if it comes next, behind any white space.
  mutating func take(_ expected: [UInt8]) -> Bool {
    let next = text.skippingSpace(from: position)
    guard text.has(expected, at: next) else { return false }
    position = next + expected.count
    return true
  }

  /// Reads `expected`, which must come next, behind any white space.
  mutating func expect(_ expected: [UInt8]) throws(ReactiveError) {
    if take(expected) { return }
    position = text.skippingSpace(from: position)
    throw text.error(at: position, "expected \(String(decoding: expected, as: UTF8.self))")
  }

  /// Reads an expression that `end`, or else the closing delimiter, ends.
  mutating func expression(until end: [UInt8]? = nil) throws(ReactiveError) -> Expression {
    var parser = ExpressionParser(text: text, position: position, close: end ?? close)
    defer { position = parser.position }
    return try parser.expression()
  }

  /// Reads the longest run of bytes that `belongs` holds for.
  mutating func word(_ belongs: (UInt8) -> Bool) -> Range<Int> {
    let start = position
    while let byte = text[position], belongs(byte) { position += 1 }
    return start..<position
  }
}
