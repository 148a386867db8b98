// A look into a JSON text without parsing it all: the members of its outermost object, or the elements
// of its array, as raw text. Pure. What it passes on is checked where it is read; it only finds ends.

import NIOCore

/// The members of one JSON object.
struct JSONFields {
  private let members: [(name: String, value: ByteBuffer)]

  /// Nil for what is no object.
  init?(_ text: ByteBuffer) {
    var scanner = JSONScanner(text)
    guard let members = scanner.object() else { return nil }
    self.members = members
  }

  /// The value of a member as JSON text; nil if there is none.
  func raw(_ name: String) -> ByteBuffer? { members.last { $0.name == name }?.value }

  /// The value of a member that is a string.
  func string(_ name: String) -> String? { raw(name).flatMap(Self.text) }

  /// The value of a member that is an integer.
  func integer(_ name: String) -> Int? { raw(name).flatMap { Int(String(buffer: $0)) } }

  /// The elements of an array as JSON text; nil for what is no array.
  static func elements(_ text: ByteBuffer) -> [ByteBuffer]? {
    var scanner = JSONScanner(text)
    return scanner.array()
  }

  /// The content of a JSON string; nil for anything else.
  static func text(_ json: ByteBuffer) -> String? { JSONStringReader.content(of: json) }

  /// `text` without space between its parts, if it is JSON all through; nil if it is not.
  static func compacted(_ text: ByteBuffer) -> ByteBuffer? { JSONCompactor.compact(text) }

  static func isSpace(_ byte: UInt8) -> Bool {
    byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09
  }
}

/// Finds where the parts of a JSON text begin and end.
private struct JSONScanner {
  private let text: ByteBuffer
  private let bytes: ByteBufferView
  private var at: Int

  init(_ text: ByteBuffer) {
    self.text = text
    bytes = text.readableBytesView
    at = bytes.startIndex
  }

  mutating func object() -> [(name: String, value: ByteBuffer)]? {
    guard take("{") else { return nil }
    var members: [(name: String, value: ByteBuffer)] = []
    if take("}") { return isAtEnd ? members : nil }
    repeat {
      guard let name = value().flatMap(JSONFields.text), take(":"), let value = value() else {
        return nil
      }
      members.append((name, value))
    } while take(",")
    return take("}") && isAtEnd ? members : nil
  }

  mutating func array() -> [ByteBuffer]? {
    guard take("[") else { return nil }
    var elements: [ByteBuffer] = []
    if take("]") { return isAtEnd ? elements : nil }
    repeat {
      guard let value = value() else { return nil }
      elements.append(value)
    } while take(",")
    return take("]") && isAtEnd ? elements : nil
  }

  private var isAtEnd: Bool {
    mutating get {
      skipSpace()
      return at == bytes.endIndex
    }
  }

  private mutating func skipSpace() {
    while at < bytes.endIndex, JSONFields.isSpace(bytes[at]) { at += 1 }
  }

  private mutating func take(_ character: Unicode.Scalar) -> Bool {
    skipSpace()
    guard at < bytes.endIndex, bytes[at] == UInt8(ascii: character) else { return false }
    at += 1
    return true
  }

  /// One value, whatever is in it: brackets are counted, strings are passed over.
  private mutating func value() -> ByteBuffer? {
    skipSpace()
    let start = at
    var depth = 0
    while at < bytes.endIndex {
      switch bytes[at] {
      case UInt8(ascii: "\""):
        guard passString() else { return nil }
        if depth == 0 { return slice(from: start) }
        continue
      case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
      case UInt8(ascii: "}"), UInt8(ascii: "]"):
        if depth == 0 { return slice(from: start) }
        depth -= 1
        if depth == 0 {
          at += 1
          return slice(from: start)
        }
      case UInt8(ascii: ","), UInt8(ascii: ":"):
        if depth == 0 { return slice(from: start) }
      case let byte where depth == 0 && JSONFields.isSpace(byte): return slice(from: start)
      default: break
      }
      at += 1
    }
    return depth == 0 ? slice(from: start) : nil
  }

  private mutating func passString() -> Bool {
    at += 1
    while at < bytes.endIndex {
      if bytes[at] == UInt8(ascii: "\"") {
        at += 1
        return true
      }
      at += bytes[at] == UInt8(ascii: "\\") ? 2 : 1
    }
    return false
  }

  private func slice(from start: Int) -> ByteBuffer? {
    start < at ? text.getSlice(at: start, length: at - start) : nil
  }
}
