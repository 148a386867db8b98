// Reads JSON text strictly by RFC 8259, in one pass. Only invalid UTF-8 and halves of surrogate pairs
// are let through, as U+FFFD. `JSONValue.init(parsing:)` calls it; nothing is kept between calls.

/// The state of reading one JSON text.
struct JSONParser {
  /// How deeply arrays and objects may be nested.
  static let depthLimit = 200

  private let bytes: [UInt8]
  private var position = 0
  private var depth = 0

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  mutating func document() throws(ReactiveError) -> JSONValue {
    let value = try value()
    skipSpace()
    if position < bytes.count { throw unexpected() }
    return value
  }

  private mutating func value() throws(ReactiveError) -> JSONValue {
    skipSpace()
    switch peek {
    case UInt8(ascii: "{"):
      return try nested { parser throws(ReactiveError) in try parser.object() }
    case UInt8(ascii: "["):
      return try nested { parser throws(ReactiveError) in try parser.array() }
    case UInt8(ascii: "\""): return .string(try string())
    case UInt8(ascii: "t"): return try word("true", .bool(true))
    case UInt8(ascii: "f"): return try word("false", .bool(false))
    case UInt8(ascii: "n"): return try word("null", .null)
    default: return .number(try number())
    }
  }

  private mutating func nested(
    _ body: (inout JSONParser) throws(ReactiveError) -> JSONValue
  ) throws(ReactiveError) -> JSONValue {
    guard depth < Self.depthLimit else {
      throw ReactiveError(.limit, "the data is nested more than \(Self.depthLimit) deep")
    }
    depth += 1
    position += 1
    let value = try body(&self)
    depth -= 1
    return value
  }

  private mutating func array() throws(ReactiveError) -> JSONValue {
    var elements: [JSONValue] = []
    if take("]") { return .array(elements) }
    while true {
      elements.append(try value())
      if take("]") { return .array(elements) }
      guard take(",") else { throw unexpected() }
    }
  }

  private mutating func object() throws(ReactiveError) -> JSONValue {
    var members: [JSONObject.Member] = []
    if take("}") { return .object(JSONObject(members: members)) }
    while true {
      skipSpace()
      guard peek == UInt8(ascii: "\"") else { throw unexpected() }
      let key = try string()
      guard take(":") else { throw unexpected() }
      members.append(JSONObject.Member(key: key, value: try value()))
      if take("}") { return .object(JSONObject(members: members)) }
      guard take(",") else { throw unexpected() }
    }
  }

  private mutating func word(_ text: StaticString, _ value: JSONValue) throws(ReactiveError)
    -> JSONValue
  {
    let end = position + text.utf8CodeUnitCount
    let expected = UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount)
    guard end <= bytes.count, bytes[position..<end].elementsEqual(expected) else {
      throw unexpected()
    }
    position = end
    return value
  }

  private mutating func number() throws(ReactiveError) -> Double {
    let start = position
    if peek == UInt8(ascii: "-") { position += 1 }
    if peek == UInt8(ascii: "0") {
      position += 1
    } else if digits() == 0 {
      throw unexpected()
    }
    if peek == UInt8(ascii: ".") {
      position += 1
      if digits() == 0 { throw unexpected() }
    }
    if peek == UInt8(ascii: "e") || peek == UInt8(ascii: "E") {
      position += 1
      if peek == UInt8(ascii: "+") || peek == UInt8(ascii: "-") { position += 1 }
      if digits() == 0 { throw unexpected() }
    }
    return Double(String(decoding: bytes[start..<position], as: UTF8.self)) ?? .nan
  }

  private mutating func digits() -> Int {
    let start = position
    while let byte = peek, byte >= 0x30, byte <= 0x39 { position += 1 }
    return position - start
  }

  private mutating func string() throws(ReactiveError) -> String {
    position += 1
    let start = position
    while position < bytes.count {
      switch bytes[position] {
      case UInt8(ascii: "\""):
        position += 1
        return String(decoding: bytes[start..<position - 1], as: UTF8.self)
      case UInt8(ascii: "\\"): return try escapedString(from: start)
      case 0..<0x20: throw unexpected()
      default: position += 1
      }
    }
    throw unexpected()
  }

  private mutating func escapedString(from start: Int) throws(ReactiveError) -> String {
    var text = Array(bytes[start..<position])
    while position < bytes.count {
      let byte = bytes[position]
      position += 1
      switch byte {
      case UInt8(ascii: "\""): return String(decoding: text, as: UTF8.self)
      case UInt8(ascii: "\\"): try escape(into: &text)
      case 0..<0x20: throw unexpected()
      default: text.append(byte)
      }
    }
    throw unexpected()
  }

  private mutating func escape(into text: inout [UInt8]) throws(ReactiveError) {
    guard let byte = peek else { throw unexpected() }
    position += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(byte)
    case UInt8(ascii: "b"): text.append(0x08)
    case UInt8(ascii: "f"): text.append(0x0C)
    case UInt8(ascii: "n"): text.append(0x0A)
    case UInt8(ascii: "r"): text.append(0x0D)
    case UInt8(ascii: "t"): text.append(0x09)
    case UInt8(ascii: "u"): try unicodeEscape(into: &text)
    default:
      position -= 1
      throw unexpected()
    }
  }

  /// A half of a surrogate pair without the other half becomes U+FFFD.
  private mutating func unicodeEscape(into text: inout [UInt8]) throws(ReactiveError) {
    var units = [try codeUnit()]
    if units[0] & 0xFC00 == 0xD800, peek == UInt8(ascii: "\\"), position + 1 < bytes.count,
      bytes[position + 1] == UInt8(ascii: "u")
    {
      let beforeSecond = position
      position += 2
      let second = try codeUnit()
      if second & 0xFC00 == 0xDC00 { units.append(second) } else { position = beforeSecond }
    }
    text.append(contentsOf: String(decoding: units, as: UTF16.self).utf8)
  }

  private mutating func codeUnit() throws(ReactiveError) -> UInt16 {
    var unit: UInt16 = 0
    for _ in 0..<4 {
      guard let byte = peek, let digit = byte.hexDigitValue else { throw unexpected() }
      unit = unit << 4 | UInt16(digit)
      position += 1
    }
    return unit
  }

  private var peek: UInt8? { position < bytes.count ? bytes[position] : nil }

  private mutating func take(_ character: Unicode.Scalar) -> Bool {
    skipSpace()
    guard peek == UInt8(ascii: character) else { return false }
    position += 1
    return true
  }

  private mutating func skipSpace() {
    while let byte = peek, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 {
      position += 1
    }
  }

  private func unexpected() -> ReactiveError {
    let place = "at byte \(position)"
    return position < bytes.count
      ? ReactiveError(.data, "the data is not JSON \(place)")
      : ReactiveError(.data, "the data ends too early, \(place)")
  }
}
