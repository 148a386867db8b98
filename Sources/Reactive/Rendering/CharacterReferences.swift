/// HTML's character references, as far as they can hide the scheme of a URL.
enum CharacterReferences {
  private static let names: [String: UInt8] = [
    "amp": 0x26, "lt": 0x3C, "gt": 0x3E, "quot": 0x22, "apos": 0x27, "colon": 0x3A, "Tab": 0x09,
    "NewLine": 0x0A, "plus": 0x2B, "period": 0x2E,
  ]

  /// `html` with references to ASCII characters replaced by those; others stay.
  static func decoded(_ html: [UInt8]) -> [UInt8] {
    guard html.contains(UInt8(ascii: "&")) else { return html }
    var output: [UInt8] = []
    var index = 0
    while index < html.count {
      if html[index] == UInt8(ascii: "&"), let found = reference(html, from: index + 1) {
        output.append(found.byte)
        index = found.end
      } else {
        output.append(html[index])
        index += 1
      }
    }
    return output
  }

  private static func reference(_ html: [UInt8], from start: Int) -> (byte: UInt8, end: Int)? {
    if start < html.count, html[start] == UInt8(ascii: "#") {
      return number(html, from: start + 1)
    }
    let name = html[start...].prefix(8).prefix { $0.isLetter }
    guard let byte = names[String(decoding: name, as: UTF8.self)] else { return nil }
    return (byte, semicolonPassed(html, name.endIndex))
  }

  private static func number(_ html: [UInt8], from start: Int) -> (byte: UInt8, end: Int)? {
    let isHexadecimal = start < html.count && html[start] | 0x20 == 0x78
    let digits = html[(isHexadecimal ? start + 1 : start)...]
      .prefix { isHexadecimal ? $0.hexDigitValue != nil : $0.isDigit }
    let significant = digits.drop { $0 == UInt8(ascii: "0") }.prefix(4)
    let text = String(decoding: significant, as: UTF8.self)
    guard !digits.isEmpty,
      let code = Int(text.isEmpty ? "0" : text, radix: isHexadecimal ? 16 : 10),
      let byte = UInt8(exactly: code), byte < 0x80
    else { return nil }
    return (byte, semicolonPassed(html, digits.endIndex))
  }

  private static func semicolonPassed(_ html: [UInt8], _ index: Int) -> Int {
    index < html.count && html[index] == UInt8(ascii: ";") ? index + 1 : index
  }
}
