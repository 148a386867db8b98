/// Numbers as JavaScript reads them.
extension NumberText {
  /// How many bytes from `start` on are a number as JavaScript's source may write it, without sign.
  static func literalLength(_ bytes: [UInt8], from start: Int) -> Int {
    let byte = { (offset: Int) -> UInt8? in offset < bytes.count ? bytes[offset] : nil }
    if byte(start) == UInt8(ascii: "0"), let radix = byte(start + 1), radix | 0x20 == 0x78 {
      var end = start + 2
      while byte(end)?.hexDigitValue != nil { end += 1 }
      return end > start + 2 ? end - start : 0
    }
    return decimalLength(bytes, from: start)
  }

  /// How many bytes from `start` on are a decimal number without sign.
  static func decimalLength(_ bytes: [UInt8], from start: Int) -> Int {
    let isDigit = { (offset: Int) in offset < bytes.count && bytes[offset].isDigit }
    var end = start
    while isDigit(end) { end += 1 }
    var digits = end - start
    if end < bytes.count, bytes[end] == UInt8(ascii: "."), digits > 0 || isDigit(end + 1) {
      end += 1
      while isDigit(end) {
        end += 1
        digits += 1
      }
    }
    guard digits > 0, end < bytes.count, bytes[end] | 0x20 == 0x65 else {
      return digits > 0 ? end - start : 0
    }
    var exponent = end + 1
    if exponent < bytes.count, bytes[exponent] == UInt8(ascii: "+") || bytes[exponent] == 0x2D {
      exponent += 1
    }
    guard isDigit(exponent) else { return end - start }
    while isDigit(exponent) { exponent += 1 }
    return exponent - start
  }

  /// The value of what `literalLength` has measured.
  static func value(ofLiteral text: String) -> Double? {
    if text.hasPrefix("0x") || text.hasPrefix("0X") {
      return text.utf8.dropFirst(2).reduce(0) { $0 * 16 + Double($1.hexDigitValue ?? 0) }
    }
    return Double(text)
  }

  /// Number(text).
  static func number(_ text: String) -> Double {
    let trimmed = Array(text.trimmedLikeJavaScript.utf8)
    guard !trimmed.isEmpty else { return 0 }
    if literalLength(trimmed, from: 0) == trimmed.count {
      return value(ofLiteral: String(decoding: trimmed, as: UTF8.self)) ?? .nan
    }
    let (number, length) = signedPrefix(trimmed)
    return length == trimmed.count ? number : .nan
  }

  /// parseFloat(text).
  static func leadingFloat(_ text: String) -> Double {
    signedPrefix(Array(text.trimmedLikeJavaScript.utf8)).number
  }

  /// The decimal number, with sign or infinite, that `bytes` begin with.
  private static func signedPrefix(_ bytes: [UInt8]) -> (number: Double, length: Int) {
    let isNegative = bytes.first == UInt8(ascii: "-")
    let start = isNegative || bytes.first == UInt8(ascii: "+") ? 1 : 0
    let sign: Double = isNegative ? -1 : 1
    if bytes[start...].starts(with: "Infinity".utf8) { return (sign * .infinity, start + 8) }
    let length = decimalLength(bytes, from: start)
    guard length > 0 else { return (.nan, 0) }
    let text = String(decoding: bytes[start..<start + length], as: UTF8.self)
    return (sign * (value(ofLiteral: text) ?? .nan), start + length)
  }

  /// parseInt(text, radix).
  static func leadingInteger(_ text: String, radix: Double) -> Double {
    var bytes = Array(text.trimmedLikeJavaScript.utf8)[...]
    let isNegative = bytes.first == UInt8(ascii: "-")
    if isNegative || bytes.first == UInt8(ascii: "+") { bytes.removeFirst() }
    var base = radix.isFinite ? radix.rounded(.towardZero) : 0
    let hasPrefix = bytes.starts(with: "0x".utf8) || bytes.starts(with: "0X".utf8)
    if hasPrefix, base == 0 || base == 16 {
      bytes.removeFirst(2)
      base = 16
    }
    if base == 0 { base = 10 }
    guard (2...36).contains(base) else { return .nan }
    let digits = bytes.prefix { digit($0) < Int(base) }
    guard !digits.isEmpty else { return .nan }
    let number =
      base == 10
      ? Double(String(decoding: digits, as: UTF8.self)) ?? .nan
      : digits.reduce(0) { $0 * base + Double(digit($1)) }
    return isNegative ? -number : number
  }

  private static func digit(_ byte: UInt8) -> Int {
    if byte.isDigit { return Int(byte) - 0x30 }
    return byte.isLetter ? Int(byte | 0x20) - 0x57 : .max
  }
}

extension String {
  /// trim().
  var trimmedLikeJavaScript: String {
    let scalars = unicodeScalars
    guard let first = scalars.firstIndex(where: { !$0.isJavaScriptSpace }),
      let last = scalars.lastIndex(where: { !$0.isJavaScriptSpace })
    else { return "" }
    return String(scalars[first...last])
  }
}

extension Unicode.Scalar {
  fileprivate var isJavaScriptSpace: Bool {
    switch value {
    case 0x09...0x0D, 0x20, 0xA0, 0xFEFF, 0x1680, 0x2000...0x200A, 0x2028, 0x2029, 0x202F, 0x205F,
      0x3000:
      true
    default: false
    }
  }
}
