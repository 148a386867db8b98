/// Operands: literals, names and references.
extension ExpressionParser {
  mutating func primary() throws(ReactiveError) -> Expression {
    skipSpace()
    let following = text[position + 1]
    switch text[position] {
    case UInt8(ascii: "("):
      position += 1
      let inner = try expression()
      try expect(")")
      return inner
    case UInt8(ascii: "["):
      return try literal { parser throws(ReactiveError) in .array(try parser.list(until: "]")) }
    case UInt8(ascii: "{"):
      return try literal { parser throws(ReactiveError) in try parser.object() }
    case UInt8(ascii: "\""), UInt8(ascii: "'"): return .literal(.string(try string()))
    case UInt8(ascii: "."):
      return following?.isDigit == true ? .literal(.number(try number())) : try context()
    case UInt8(ascii: "~") where following == UInt8(ascii: "/"):
      position += 2
      return try path(from: .reference(.root))
    case UInt8(ascii: "@"): return try special()
    case let byte? where byte.isDigit: return .literal(.number(try number()))
    case let byte? where byte.isNameStart: return try word()
    default: throw unexpected()
    }
  }

  private mutating func literal(
    _ body: (inout ExpressionParser) throws(ReactiveError) -> Expression
  ) throws(ReactiveError) -> Expression {
    guard literals < Self.literalDepthLimit else {
      throw text.error(
        at: position, "arrays and objects are nested more than \(Self.literalDepthLimit) deep",
        code: .limit)
    }
    literals += 1
    position += 1
    let expression = try body(&self)
    literals -= 1
    return expression
  }

  private mutating func word() throws(ReactiveError) -> Expression {
    let name = try memberName()
    switch name {
    case "true": return .literal(.bool(true))
    case "false": return .literal(.bool(false))
    case "null": return .literal(.null)
    case "NaN": return .literal(.number(.nan))
    case "Infinity": return .literal(.number(.infinity))
    case "undefined": return .undefined
    case "this": return .reference(.context(0))
    default: return .name(name)
    }
  }

  /// Reads `.`, `./a`, `.a`, `..`, `../` and `../../a`.
  private mutating func context() throws(ReactiveError) -> Expression {
    var steps = 0
    while text.has(Array("..".utf8), at: position) {
      steps += 1
      position += 2
      guard text[position] == UInt8(ascii: "/") else { return .reference(.context(steps)) }
      position += 1
    }
    if text[position] == UInt8(ascii: ".") {
      position += 1
      if text[position] == UInt8(ascii: "/") { position += 1 }
    }
    return try path(from: .reference(.context(steps)))
  }

  /// Reads the name that may follow a reference directly.
  private mutating func path(from reference: Expression) throws(ReactiveError) -> Expression {
    guard text[position]?.isNameStart == true else { return reference }
    return .member(reference, try memberName())
  }

  private mutating func special() throws(ReactiveError) -> Expression {
    position += 1
    guard text[position]?.isNamePart == true else { return .reference(.missing) }
    switch try memberName() {
    case "index": return .reference(.loopIndex)
    case "key": return .reference(.loopKey)
    case "keypath": return .reference(.keypath)
    case "root": return .reference(.root)
    default: return .reference(.missing)
    }
  }

  private mutating func object() throws(ReactiveError) -> Expression {
    var members: [(key: String, value: Expression)] = []
    while !take("}") {
      if !members.isEmpty, !take(",") { throw unexpected("expected , or }") }
      skipSpace()
      let byte = text[position]
      let key: String
      if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") {
        key = try string()
      } else if byte?.isDigit == true {
        key = NumberText.text(try number())
      } else {
        key = try memberName()
      }
      try expect(":")
      members.append((key, try expression()))
    }
    return .object(members)
  }

  private mutating func number() throws(ReactiveError) -> Double {
    var length = NumberText.decimalLength(text.bytes, from: position)
    if text.bytes[position + length - 1] == UInt8(ascii: ".") { length -= 1 }
    guard let number = Double(text.text(position..<position + length)) else { throw unexpected() }
    position += length
    return number
  }

  private mutating func string() throws(ReactiveError) -> String {
    let start = position
    let quote = text[position]
    position += 1
    var units: [UInt8] = []
    while let byte = text[position] {
      position += 1
      if byte == quote { return String(decoding: units, as: UTF8.self) }
      if byte == UInt8(ascii: "\\") {
        try escape(into: &units)
      } else {
        units.append(byte)
      }
    }
    throw text.error(at: start, "expected an expression; this string is not closed")
  }

  private mutating func escape(into bytes: inout [UInt8]) throws(ReactiveError) {
    guard let byte = text[position] else { throw unexpected() }
    position += 1
    switch byte {
    case UInt8(ascii: "n"): bytes.append(0x0A)
    case UInt8(ascii: "r"): bytes.append(0x0D)
    case UInt8(ascii: "t"): bytes.append(0x09)
    case UInt8(ascii: "b"): bytes.append(0x08)
    case UInt8(ascii: "f"): bytes.append(0x0C)
    case UInt8(ascii: "v"): bytes.append(0x0B)
    case UInt8(ascii: "0"): bytes.append(0x00)
    case UInt8(ascii: "\n"): break
    case UInt8(ascii: "x"): append([UInt16(try hexadecimal(digits: 2))], to: &bytes)
    case UInt8(ascii: "u"): try unicodeEscape(into: &bytes)
    default: bytes.append(byte)
    }
  }

  private mutating func unicodeEscape(into bytes: inout [UInt8]) throws(ReactiveError) {
    var units = [UInt16(try hexadecimal(digits: 4))]
    if units[0] & 0xFC00 == 0xD800, text.has(Array("\\u".utf8), at: position) {
      position += 2
      units.append(UInt16(try hexadecimal(digits: 4)))
    }
    append(units, to: &bytes)
  }

  private func append(_ units: [UInt16], to bytes: inout [UInt8]) {
    bytes.append(contentsOf: String(decoding: units, as: UTF16.self).utf8)
  }

  private mutating func hexadecimal(digits: Int) throws(ReactiveError) -> Int {
    var number = 0
    for _ in 0..<digits {
      guard let digit = text[position]?.hexDigitValue else {
        throw unexpected("expected a hexadecimal digit")
      }
      number = number << 4 | digit
      position += 1
    }
    return number
  }
}
