// Reads one expression out of a template: the part of JavaScript that docs/reactive.md lists. Stops
// at the first thing that cannot continue it, such as the closing delimiter of its mustache; the
// caller checks what stands there. `ExpressionParser+primary.swift` reads operands.

/// The state of reading an expression.
struct ExpressionParser {
  /// How deeply expressions may be nested.
  static let depthLimit = 100
  /// How many operators, members and calls one expression may have.
  static let operationLimit = 500
  /// How deeply the arrays and objects that an expression writes may be nested.
  static let literalDepthLimit = 16

  let text: SourceText
  /// Where the next byte is read.
  var position: Int
  /// The closing delimiter, which no operator may begin with.
  let close: [UInt8]
  private var depth = 0
  private var operations = 0
  /// How many arrays and objects are being read, one in the other.
  var literals = 0

  init(text: SourceText, position: Int, close: [UInt8] = []) {
    self.text = text
    self.position = position
    self.close = close
  }

  /// Reads an expression, without the white space behind it.
  mutating func expression() throws(ReactiveError) -> Expression {
    try deeper()
    defer { depth -= 1 }
    let condition = try binary(minimum: 1)
    guard !atClose, next == UInt8(ascii: "?"), following != UInt8(ascii: "?") else {
      return condition
    }
    position += 1
    let then = try expression()
    try expect(":")
    return .conditional(condition, then: then, otherwise: try expression())
  }

  private mutating func binary(minimum: Int) throws(ReactiveError) -> Expression {
    try deeper()
    defer { depth -= 1 }
    var left = try unary()
    while let (spelling, binaryOperator) = operatorAhead, binaryOperator.precedence >= minimum {
      position += spelling.count
      try countOperation()
      let tighter = binaryOperator == .power ? 0 : 1
      let right = try binary(minimum: binaryOperator.precedence + tighter)
      left = .binary(binaryOperator, left, right)
    }
    return left
  }

  private var operatorAhead: (text: [UInt8], operator: BinaryOperator)? {
    mutating get {
      guard !atClose else { return nil }
      return BinaryOperator.spellings.first { spelling in
        text.has(spelling.text, at: position)
          && (spelling.operator != .contained
            || text[position + spelling.text.count]?.isNamePart != true)
      }
    }
  }

  private mutating func unary() throws(ReactiveError) -> Expression {
    try deeper()
    defer { depth -= 1 }
    skipSpace()
    let start = position
    switch text[position] {
    case UInt8(ascii: "!"): return .unary(.not, try operand(from: start + 1))
    case UInt8(ascii: "-"): return .unary(.negative, try operand(from: start + 1))
    case UInt8(ascii: "+"): return .unary(.positive, try operand(from: start + 1))
    default: break
    }
    let keyword = Array("typeof".utf8)
    if text.has(keyword, at: position), text[position + keyword.count]?.isNamePart != true {
      return .unary(.typeOf, try operand(from: position + keyword.count))
    }
    return try postfix()
  }

  private mutating func operand(from start: Int) throws(ReactiveError) -> Expression {
    position = start
    return try unary()
  }

  private mutating func postfix() throws(ReactiveError) -> Expression {
    var expression = try primary()
    while !atClose {
      switch text[position] {
      case UInt8(ascii: "."):
        position += 1
        skipSpace()
        expression = .member(expression, try memberName())
      case UInt8(ascii: "["):
        position += 1
        let key = try self.expression()
        try expect("]")
        expression = .index(expression, key)
      case UInt8(ascii: "("):
        position += 1
        expression = .call(expression, try list(until: ")"))
      default: return expression
      }
      try countOperation()
    }
    return expression
  }

  private mutating func countOperation() throws(ReactiveError) {
    operations += 1
    if operations > Self.operationLimit {
      throw text.error(
        at: position, "the expression has more than \(Self.operationLimit) operators", code: .limit)
    }
  }

  /// Reads expressions with commas between them, and the byte `end`.
  mutating func list(until end: Unicode.Scalar) throws(ReactiveError) -> [Expression] {
    var elements: [Expression] = []
    while !take(end) {
      if !elements.isEmpty { try expect(",") }
      elements.append(try expression())
    }
    return elements
  }

  /// Reads `character` if it comes next, behind any white space.
  mutating func take(_ character: Unicode.Scalar) -> Bool {
    skipSpace()
    guard text[position] == UInt8(ascii: character) else { return false }
    position += 1
    return true
  }

  /// Reads the name behind a dot: an identifier or the index of an array.
  mutating func memberName() throws(ReactiveError) -> String {
    let start = position
    while text[position]?.isNamePart == true { position += 1 }
    guard position > start else { throw unexpected() }
    return text.text(start..<position)
  }

  mutating func expect(_ character: Unicode.Scalar) throws(ReactiveError) {
    guard take(character) else { throw unexpected("expected \(character)") }
  }

  mutating func skipSpace() { position = text.skippingSpace(from: position) }

  /// The next byte that is no white space.
  private var next: UInt8? {
    mutating get {
      skipSpace()
      return text[position]
    }
  }

  private var following: UInt8? { text[position + 1] }

  /// Whether the mustache ends here, behind any white space.
  private var atClose: Bool {
    mutating get {
      skipSpace()
      return !close.isEmpty && text.has(close, at: position)
    }
  }

  private mutating func deeper() throws(ReactiveError) {
    depth += 1
    if depth > Self.depthLimit * 3 {
      throw text.error(
        at: position, "the expression is nested more than \(Self.depthLimit) deep", code: .limit)
    }
  }

  /// What stands at the position is not what an expression may have there.
  func unexpected(_ expectation: String = "expected an expression") -> ReactiveError {
    guard text[position] != nil else {
      return text.error(at: position, "\(expectation), but the text ends here")
    }
    var end = position + 1
    while let byte = text[end], byte & 0xC0 == 0x80 { end += 1 }
    return text.error(at: position, "\(expectation), not “\(text.text(position..<end))”")
  }
}
