// Brings JSON text into one form: the members of every object in the order of their names' bytes. Lua's tables
// have no order, so that equal values are equal texts only after this.

/// Sorts the members of objects. Takes what the Lua runtime writes: valid JSON text without white space,
/// nested no deeper than its limits say.
struct JSONSorter {
  private let bytes: UnsafeRawBufferPointer
  private var at = 0

  private init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

  static func sorted(_ text: UnsafeRawBufferPointer) -> String {
    var sorter = JSONSorter(text)
    return String(decoding: sorter.value(), as: UTF8.self)
  }

  private mutating func value() -> [UInt8] {
    guard at < bytes.count else { return [] }
    switch bytes[at] {
    case UInt8(ascii: "{"): return object()
    case UInt8(ascii: "["): return array()
    case UInt8(ascii: "\""): return string()
    default:
      let start = at
      while at < bytes.count, !Self.endsWord(bytes[at]) { at += 1 }
      return Array(bytes[start..<at])
    }
  }

  private static func endsWord(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: ",") || byte == UInt8(ascii: "}") || byte == UInt8(ascii: "]")
  }

  private mutating func string() -> [UInt8] {
    let start = at
    at += 1
    while at < bytes.count, bytes[at] != UInt8(ascii: "\"") {
      at += bytes[at] == UInt8(ascii: "\\") ? 2 : 1
    }
    at = Swift.min(at + 1, bytes.count)
    return Array(bytes[start..<at])
  }

  private mutating func array() -> [UInt8] {
    var result: [UInt8] = [UInt8(ascii: "[")]
    at += 1
    while at < bytes.count, bytes[at] != UInt8(ascii: "]") {
      if bytes[at] == UInt8(ascii: ",") {
        result.append(bytes[at])
        at += 1
      }
      result += value()
    }
    at += 1
    return result + [UInt8(ascii: "]")]
  }

  private mutating func object() -> [UInt8] {
    var members: [(name: [UInt8], value: [UInt8])] = []
    at += 1
    while at < bytes.count, bytes[at] != UInt8(ascii: "}") {
      if bytes[at] == UInt8(ascii: ",") { at += 1 }
      let name = string()
      at += 1
      members.append((name, value()))
    }
    at += 1
    members.sort { $0.name.lexicographicallyPrecedes($1.name) }
    let texts = members.map { $0.name + [UInt8(ascii: ":")] + $0.value }
    return [UInt8(ascii: "{")] + texts.joined(separator: [UInt8(ascii: ",")]) + [UInt8(ascii: "}")]
  }
}
