/// Values of `on-…` attributes. Events exist in browsers only: they are read for their mistakes and
/// to find their end.
extension TemplateParser {
  /// Reads `name`, `name: arguments`, or an expression that calls or lists.
  mutating func event(_ quote: UInt8?) throws(ReactiveError) {
    let start = position
    if !namesEvent(), !text.has(open, at: position) {
      position = start
      _ = try attributeExpression(quote)
      return
    }
    position = start
    try eventPart(quote, mark: UInt8(ascii: ":"))
    var mark = UInt8(ascii: ":")
    while take([mark]) {
      try argument(quote)
      mark = UInt8(ascii: ",")
    }
  }

  /// Whether the name of an event comes next, and nothing that would make it an expression.
  private mutating func namesEvent() -> Bool {
    position = text.skippingSpace(from: position)
    let name = word { byte in byte.isNamePart && byte < 0x80 || ".-".utf8.contains(byte) }
    position = text.skippingSpace(from: position)
    return !name.isEmpty && (text[position].map { "\"':".utf8.contains($0) } ?? true)
  }

  private mutating func argument(_ quote: UInt8?) throws(ReactiveError) {
    position = text.skippingSpace(from: position)
    let other = quote == UInt8(ascii: "'") ? UInt8(ascii: "\"") : UInt8(ascii: "'")
    let begins = text[position].map { $0 == other || $0 == 0x5B || $0 == 0x7B } ?? false
    if begins, !text.has(open, at: position) {
      _ = try attributeExpression(quote)
    } else {
      try eventPart(quote, mark: UInt8(ascii: ","))
    }
  }

  private mutating func eventPart(_ quote: UInt8?, mark: UInt8) throws(ReactiveError) {
    _ = try nodes(.event(quote: quote, mark: mark))
    switch closing?.kind {
    case .value, .end: closing = nil
    default: throw text.error(at: closingOffset, "the value is not closed")
    }
  }
}
