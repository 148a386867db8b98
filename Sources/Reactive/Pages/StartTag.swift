/// A start tag of a page, read as browsers do: every mistake has a meaning.
struct StartTag {
  struct Attribute {
    /// In small letters.
    let name: String
    /// The value with character references decoded; nil when the attribute has none.
    let value: String?
    /// Where attribute and value stand.
    let range: Range<Int>
  }

  /// In small letters.
  let name: String
  let attributes: [Attribute]
  /// Where its `>`, or `/>`, begins.
  let close: Int
  /// Behind its `>`.
  let end: Int
  let isSelfClosing: Bool

  /// The value of the attribute `name`, empty if it has none; nil when the tag lacks it.
  subscript(name: String) -> String? {
    attributes.first { $0.name == name }.map { $0.value ?? "" }
  }

  /// Reads the tag whose `<` is at `start`; nil when no name follows or the text ends within it.
  /// With `hasMustaches`, quotes and angle brackets in mustaches don't end a value.
  init?(_ text: SourceText, at start: Int, hasMustaches: Bool) {
    guard text[start + 1]?.isLetter == true else { return nil }
    var scanner = StartTagScanner(text: text, position: start + 1, hasMustaches: hasMustaches)
    name = scanner.elementName()
    var attributes: [Attribute] = []
    while true {
      switch scanner.next() {
      case .attribute(let attribute): attributes.append(attribute)
      case .slash: continue
      case .end(let close, let isSelfClosing):
        self.close = close
        self.isSelfClosing = isSelfClosing
        end = scanner.position
        self.attributes = attributes
        return
      case .nothing: return nil
      }
    }
  }
}

/// The state of reading one start tag.
private struct StartTagScanner {
  enum Found {
    case attribute(StartTag.Attribute)
    case slash
    case end(close: Int, isSelfClosing: Bool)
    case nothing
  }

  let text: SourceText
  var position: Int
  let hasMustaches: Bool

  mutating func elementName() -> String {
    let start = position
    while let byte = text[position], !byte.isSpace, byte != 0x2F, byte != 0x3E { position += 1 }
    return text.text(start..<position).lowercased()
  }

  mutating func next() -> Found {
    position = text.skippingSpace(from: position)
    switch text[position] {
    case nil: return .nothing
    case UInt8(ascii: ">"):
      position += 1
      return .end(close: position - 1, isSelfClosing: false)
    case UInt8(ascii: "/"):
      position += 1
      guard text[position] == UInt8(ascii: ">") else { return .slash }
      position += 1
      return .end(close: position - 2, isSelfClosing: true)
    default: return attribute()
    }
  }

  private mutating func attribute() -> Found {
    let start = position
    repeat {
      position += 1
    } while text[position].map { !$0.isSpace && !"=/>".utf8.contains($0) } ?? false
    let name = text.text(start..<position).lowercased()
    let behind = text.skippingSpace(from: position)
    guard text[behind] == UInt8(ascii: "=") else {
      return .attribute(
        StartTag.Attribute(name: name, value: nil, range: start..<position))
    }
    position = text.skippingSpace(from: behind + 1)
    guard let value = value(mayHaveMustaches: hasMustaches || name == "bind") else {
      return .nothing
    }
    let decoded = CharacterReferences.decoded(Array(text.bytes[value]))
    return .attribute(
      StartTag.Attribute(
        name: name, value: String(decoding: decoded, as: UTF8.self), range: start..<position))
  }

  /// Reads a value; nil when its quote is never closed.
  private mutating func value(mayHaveMustaches: Bool) -> Range<Int>? {
    var quote: UInt8?
    if let byte = text[position], byte == 0x22 || byte == 0x27 {
      quote = byte
      position += 1
    }
    let start = position
    while let byte = text[position] {
      if mayHaveMustaches, let end = text.mustacheEnd(from: position) {
        position = end
        continue
      }
      if let quote, byte == quote {
        position += 1
        return start..<position - 1
      }
      if quote == nil, byte.isSpace || byte == 0x3E { return start..<position }
      position += 1
    }
    return quote == nil ? start..<position : nil
  }
}

extension SourceText {
  /// Behind the mustache that begins at `offset`; nil when none does, or it is never closed.
  func mustacheEnd(from offset: Int) -> Int? {
    guard self[offset] == 0x7B, self[offset + 1] == 0x7B else { return nil }
    var index = offset + 2
    var quote: UInt8?
    let isComment = self[index] == UInt8(ascii: "!")
    while let byte = self[index], index - offset < 10_000 {
      if byte == 0x7D, self[index + 1] == 0x7D, quote == nil {
        index += 2
        while self[index] == 0x7D { index += 1 }
        return index
      }
      if !isComment, byte == 0x22 || byte == 0x27 {
        if quote == nil { quote = byte } else if quote == byte { quote = nil }
      }
      index += 1
    }
    return nil
  }
}
