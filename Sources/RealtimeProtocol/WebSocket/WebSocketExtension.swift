/// One element of a `Sec-WebSocket-Extensions` list (RFC 6455 section 9.1).
struct WebSocketExtension: Equatable {
  typealias Parameter = (name: String, value: String?)

  let name: String
  let parameters: [Parameter]

  static func == (left: Self, right: Self) -> Bool {
    left.name == right.name && left.parameters.elementsEqual(right.parameters, by: ==)
  }

  /// The elements of all field lines, in order.
  ///
  /// - Returns: `nil` when any of them breaks the grammar.
  static func parse(_ fields: [String]) -> [WebSocketExtension]? {
    var scanner = Scanner(text: Array(fields.joined(separator: ",").utf8))
    var extensions: [WebSocketExtension] = []
    repeat {
      // A list may have empty elements (RFC 9110 section 5.6.1).
      if scanner.isAtElementEnd { continue }
      guard let element = scanner.element() else { return nil }
      extensions.append(element)
    } while scanner.take(",")
    return scanner.isAtEnd ? extensions : nil
  }
}

/// Reads tokens and quoted strings, and the blanks around them.
private struct Scanner {
  let text: [UInt8]
  private var position = 0

  init(text: [UInt8]) {
    self.text = text
    skipBlanks()
  }

  var isAtEnd: Bool { position == text.count }
  var isAtElementEnd: Bool { isAtEnd || text[position] == UInt8(ascii: ",") }

  mutating func take(_ character: Unicode.Scalar) -> Bool {
    guard !isAtEnd, text[position] == UInt8(ascii: character) else { return false }
    position += 1
    skipBlanks()
    return true
  }

  mutating func element() -> WebSocketExtension? {
    guard let name = token() else { return nil }
    var parameters: [WebSocketExtension.Parameter] = []
    while take(";") {
      guard let name = token() else { return nil }
      guard take("=") else {
        parameters.append((name, nil))
        continue
      }
      guard let value = token() ?? quoted() else { return nil }
      parameters.append((name, value))
    }
    return WebSocketExtension(name: name, parameters: parameters)
  }

  private mutating func token() -> String? {
    let start = position
    while !isAtEnd, Self.isTokenByte(text[position]) { position += 1 }
    guard position > start else { return nil }
    defer { skipBlanks() }
    return String(decoding: text[start..<position], as: UTF8.self)
  }

  /// A token in quotation marks: what stands between them must be one.
  private mutating func quoted() -> String? {
    guard !isAtEnd, text[position] == UInt8(ascii: "\"") else { return nil }
    position += 1
    var value: [UInt8] = []
    while !isAtEnd, text[position] != UInt8(ascii: "\"") {
      if text[position] == UInt8(ascii: "\\") { position += 1 }
      guard !isAtEnd, Self.isTokenByte(text[position]) else { return nil }
      value.append(text[position])
      position += 1
    }
    return !value.isEmpty && take("\"") ? String(decoding: value, as: UTF8.self) : nil
  }

  private mutating func skipBlanks() {
    while !isAtEnd, text[position] == 0x20 || text[position] == 0x09 { position += 1 }
  }

  private static func isTokenByte(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
    default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
    }
  }
}
