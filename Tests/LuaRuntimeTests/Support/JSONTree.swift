/// A JSON value that tests can take apart, read from text. Numbers are compared by value.
indirect enum JSONTree: Equatable {
  case null
  case bool(Bool)
  case number(Double)
  case string(String)
  case array([JSONTree])
  case object([String: JSONTree])

  struct Malformed: Error {
    var at: Int
  }

  init(_ text: String) throws {
    var reader = Reader(bytes: Array(text.utf8))
    self = try reader.value()
    reader.skipSpace()
    guard reader.at == reader.bytes.count else { throw Malformed(at: reader.at) }
  }

  subscript(name: String) -> JSONTree? {
    guard case .object(let fields) = self else { return nil }
    return fields[name]
  }

  var items: [JSONTree] {
    guard case .array(let items) = self else { return [] }
    return items
  }

  var text: String? {
    guard case .string(let text) = self else { return nil }
    return text
  }
}

private struct Reader {
  var bytes: [UInt8]
  var at = 0

  mutating func skipSpace() {
    while at < bytes.count, bytes[at] == 0x20 || (0x09...0x0D).contains(bytes[at]) { at += 1 }
  }

  private mutating func take(_ byte: Character) -> Bool {
    skipSpace()
    guard at < bytes.count, bytes[at] == byte.asciiValue else { return false }
    at += 1
    return true
  }

  private mutating func expect(_ byte: Character) throws {
    guard take(byte) else { throw JSONTree.Malformed(at: at) }
  }

  mutating func value() throws -> JSONTree {
    if take("{") { return try object() }
    if take("[") { return try array() }
    if at < bytes.count, bytes[at] == UInt8(ascii: "\"") { return .string(try string()) }
    return try scalar()
  }

  private mutating func object() throws -> JSONTree {
    var fields: [String: JSONTree] = [:]
    if take("}") { return .object(fields) }
    repeat {
      skipSpace()
      let name = try string()
      try expect(":")
      fields[name] = try value()
    } while take(",")
    try expect("}")
    return .object(fields)
  }

  private mutating func array() throws -> JSONTree {
    var items: [JSONTree] = []
    if take("]") { return .array(items) }
    repeat { items.append(try value()) } while take(",")
    try expect("]")
    return .array(items)
  }

  /// What the encoder under test writes: two-character escapes and `\u00XX`.
  private mutating func string() throws -> String {
    try expect("\"")
    var text: [UInt8] = []
    while at < bytes.count, bytes[at] != UInt8(ascii: "\"") {
      let byte = bytes[at]
      at += 1
      guard byte == UInt8(ascii: "\\"), at < bytes.count else {
        text.append(byte)
        continue
      }
      let escape = Character(UnicodeScalar(bytes[at]))
      at += 1
      switch escape {
      case "b": text.append(8)
      case "f": text.append(12)
      case "n": text.append(10)
      case "r": text.append(13)
      case "t": text.append(9)
      case "u":
        let digits = String(decoding: bytes[min(at, bytes.count)..<min(at + 4, bytes.count)], as: UTF8.self)
        guard let code = UInt8(digits, radix: 16) else { throw JSONTree.Malformed(at: at) }
        text.append(code)
        at += 4
      default: text.append(bytes[at - 1])
      }
    }
    try expect("\"")
    return String(decoding: text, as: UTF8.self)
  }

  private mutating func scalar() throws -> JSONTree {
    let start = at
    while at < bytes.count, !",]} \n\t".utf8.contains(bytes[at]) { at += 1 }
    let word = String(decoding: bytes[start..<at], as: UTF8.self)
    switch word {
    case "null": return .null
    case "true": return .bool(true)
    case "false": return .bool(false)
    default:
      guard let number = Double(word) else { throw JSONTree.Malformed(at: start) }
      return .number(number)
    }
  }
}
