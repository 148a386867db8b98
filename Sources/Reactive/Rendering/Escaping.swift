/// Text as HTML, and back.
enum Escaping {
  /// Appends `text` with `& < > "` escaped: fit for contents and for values in double quotes.
  static func append(_ text: String, to output: inout [UInt8]) {
    var text = text
    text.withUTF8 { append($0, to: &output) }
  }

  private static func append(_ bytes: UnsafeBufferPointer<UInt8>, to output: inout [UInt8]) {
    var copied = 0
    for index in bytes.indices {
      guard let entity = entity(for: bytes[index]) else { continue }
      output.append(contentsOf: bytes[copied..<index])
      output.append(contentsOf: entity.utf8)
      copied = index + 1
    }
    output.append(contentsOf: bytes[copied...])
  }

  private static func entity(for byte: UInt8) -> String? {
    switch byte {
    case UInt8(ascii: "&"): "&amp;"
    case UInt8(ascii: "<"): "&lt;"
    case UInt8(ascii: ">"): "&gt;"
    case UInt8(ascii: "\""): "&quot;"
    default: nil
    }
  }

  static func escaped(_ text: String) -> [UInt8] {
    var output: [UInt8] = []
    append(text, to: &output)
    return output
  }

  /// HTML from a template with nothing but its double quotes escaped.
  static func quotesEscaped(_ html: [UInt8]) -> [UInt8] {
    guard html.contains(UInt8(ascii: "\"")) else { return html }
    return html.flatMap { $0 == UInt8(ascii: "\"") ? Array("&quot;".utf8) : [$0] }
  }

  /// The text that `html` stands for, as far as `append` made it; other entities stay.
  static func unescaped(_ html: [UInt8]) -> String {
    guard html.contains(UInt8(ascii: "&")) else { return String(decoding: html, as: UTF8.self) }
    let entities: [(entity: [UInt8], byte: UInt8)] = [
      (Array("&amp;".utf8), 0x26), (Array("&lt;".utf8), 0x3C), (Array("&gt;".utf8), 0x3E),
      (Array("&quot;".utf8), 0x22),
    ]
    var output: [UInt8] = []
    var rest = html[...]
    while let byte = rest.first {
      if byte == UInt8(ascii: "&"),
        let found = entities.first(where: { rest.starts(with: $0.entity) })
      {
        output.append(found.byte)
        rest.removeFirst(found.entity.count)
      } else {
        output.append(byte)
        rest.removeFirst()
      }
    }
    return String(decoding: output, as: UTF8.self)
  }
}
