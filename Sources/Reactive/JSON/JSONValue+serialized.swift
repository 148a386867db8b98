/// Writes JSON text, compact, as JSON.stringify does.
extension JSONValue {
  /// Nesting beyond this is written as null.
  private static let writingDepthLimit = 1_000

  /// The text of this value. Numbers that JSON cannot write become null.
  public var serialized: String { text(scriptSafe: false) }

  /// The text of this value with `<`, U+2028 and U+2029 escaped, so that it may stand in a
  /// `<script>` element.
  public var scriptSafe: String { text(scriptSafe: true) }

  private func text(scriptSafe: Bool) -> String {
    var bytes: [UInt8] = []
    append(to: &bytes, scriptSafe: scriptSafe)
    return String(decoding: bytes, as: UTF8.self)
  }

  /// Appends the text of this value to `bytes`.
  func append(to bytes: inout [UInt8], scriptSafe: Bool, depth: Int = 0) {
    switch self {
    case .null: bytes.append(contentsOf: "null".utf8)
    case .bool(let flag): bytes.append(contentsOf: (flag ? "true" : "false").utf8)
    case .number(let number) where !number.isFinite: bytes.append(contentsOf: "null".utf8)
    case .number(let number): NumberText.append(number, to: &bytes)
    case .string(let text): Self.append(quoted: text, to: &bytes, scriptSafe: scriptSafe)
    case .array, .object:
      if depth > Self.writingDepthLimit {
        bytes.append(contentsOf: "null".utf8)
      } else {
        appendContainer(to: &bytes, scriptSafe: scriptSafe, depth: depth + 1)
      }
    }
  }

  private func appendContainer(to bytes: inout [UInt8], scriptSafe: Bool, depth: Int) {
    if case .array(let elements) = self {
      bytes.append(UInt8(ascii: "["))
      for (index, element) in elements.enumerated() {
        if index > 0 { bytes.append(UInt8(ascii: ",")) }
        element.append(to: &bytes, scriptSafe: scriptSafe, depth: depth)
      }
      bytes.append(UInt8(ascii: "]"))
    } else if case .object(let object) = self {
      bytes.append(UInt8(ascii: "{"))
      for (index, member) in object.members.enumerated() {
        if index > 0 { bytes.append(UInt8(ascii: ",")) }
        Self.append(quoted: member.key, to: &bytes, scriptSafe: scriptSafe)
        bytes.append(UInt8(ascii: ":"))
        member.value.append(to: &bytes, scriptSafe: scriptSafe, depth: depth)
      }
      bytes.append(UInt8(ascii: "}"))
    }
  }

  private static func append(quoted text: String, to bytes: inout [UInt8], scriptSafe: Bool) {
    bytes.append(UInt8(ascii: "\""))
    var text = text
    text.withUTF8 { source in
      var copied = 0
      for index in source.indices {
        guard let escape = escape(source, at: index, scriptSafe: scriptSafe) else { continue }
        bytes.append(contentsOf: source[copied..<index])
        bytes.append(contentsOf: escape.text.utf8)
        copied = index + escape.length
      }
      bytes.append(contentsOf: source[copied...])
    }
    bytes.append(UInt8(ascii: "\""))
  }

  private static func escape(
    _ source: UnsafeBufferPointer<UInt8>, at index: Int, scriptSafe: Bool
  ) -> (text: String, length: Int)? {
    switch source[index] {
    case UInt8(ascii: "\""): return ("\\\"", 1)
    case UInt8(ascii: "\\"): return ("\\\\", 1)
    case 0x08: return ("\\b", 1)
    case 0x09: return ("\\t", 1)
    case 0x0A: return ("\\n", 1)
    case 0x0C: return ("\\f", 1)
    case 0x0D: return ("\\r", 1)
    case 0..<0x20:
      let hex = String(source[index], radix: 16)
      return ("\\u00" + (hex.utf8.count < 2 ? "0" : "") + hex, 1)
    case UInt8(ascii: "<") where scriptSafe: return ("\\u003c", 1)
    case 0xE2 where scriptSafe && index + 2 < source.count && source[index + 1] == 0x80:
      if source[index + 2] == 0xA8 { return ("\\u2028", 3) }
      return source[index + 2] == 0xA9 ? ("\\u2029", 3) : nil
    default: return nil
    }
  }
}
