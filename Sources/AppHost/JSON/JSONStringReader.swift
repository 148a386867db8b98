// The content of a JSON string (RFC 8259 section 7). Pure, and linear in the text's length. Names of
// members and short texts of clients pass through here; values that scripts read do not.

import NIOCore

/// Reads one JSON string.
struct JSONStringReader {
  private let bytes: Slice<UnsafeRawBufferPointer>
  private var at: Int

  /// What the string `json` says; nil for all that is no JSON string from its first byte to its last,
  /// for bytes that are not UTF-8, and for one half of a surrogate pair.
  static func content(of json: ByteBuffer) -> String? {
    json.withUnsafeReadableBytes { content(of: $0[...]) }
  }

  static func content(of json: Slice<UnsafeRawBufferPointer>) -> String? {
    guard json.count >= 2, json.first == UInt8(ascii: "\""), json.last == UInt8(ascii: "\"") else {
      return nil
    }
    let inner = json.dropFirst().dropLast()
    guard !inner.contains(where: { $0 < 0x20 || $0 == UInt8(ascii: "\\") }) else {
      var reader = Self(bytes: inner, at: inner.startIndex)
      return reader.unescaped()
    }
    return inner.contains(UInt8(ascii: "\"")) ? nil : String(validating: inner, as: UTF8.self)
  }

  private mutating func unescaped() -> String? {
    var content: [UInt8] = []
    content.reserveCapacity(bytes.count)
    while let byte = next() {
      switch byte {
      case 0..<0x20, UInt8(ascii: "\""): return nil
      case UInt8(ascii: "\\"):
        guard let scalar = escape() else { return nil }
        content.append(contentsOf: String(scalar).utf8)
      default: content.append(byte)
      }
    }
    return String(validating: content, as: UTF8.self)
  }

  private mutating func next() -> UInt8? {
    guard at < bytes.endIndex else { return nil }
    defer { at += 1 }
    return bytes[at]
  }

  /// What stands behind a backslash.
  private mutating func escape() -> Unicode.Scalar? {
    switch next() {
    case UInt8(ascii: "\""): "\""
    case UInt8(ascii: "\\"): "\\"
    case UInt8(ascii: "/"): "/"
    case UInt8(ascii: "b"): "\u{8}"
    case UInt8(ascii: "f"): "\u{C}"
    case UInt8(ascii: "n"): "\n"
    case UInt8(ascii: "r"): "\r"
    case UInt8(ascii: "t"): "\t"
    case UInt8(ascii: "u"): hexEscape()
    default: nil
    }
  }

  /// Four digits; two times four for a character beyond U+FFFF.
  private mutating func hexEscape() -> Unicode.Scalar? {
    guard let unit = codeUnit() else { return nil }
    guard UTF16.isLeadSurrogate(unit) else { return Unicode.Scalar(unit) }
    guard next() == UInt8(ascii: "\\"), next() == UInt8(ascii: "u"), let trail = codeUnit(),
      UTF16.isTrailSurrogate(trail)
    else { return nil }
    return Unicode.Scalar(0x10000 + UInt32(unit - 0xD800) << 10 + UInt32(trail - 0xDC00))
  }

  private mutating func codeUnit() -> UInt16? {
    var unit: UInt16 = 0
    for _ in 0..<4 {
      guard let byte = next(), let digit = Character(Unicode.Scalar(byte)).hexDigitValue else {
        return nil
      }
      unit = unit << 4 | UInt16(digit)
    }
    return unit
  }
}
