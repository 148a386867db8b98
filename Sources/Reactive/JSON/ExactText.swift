/// A text that equals another only when it has the same bytes, as in JavaScript.
struct ExactText: Hashable, Sendable {
  let text: String

  init(_ text: String) { self.text = text }

  static func == (one: ExactText, other: ExactText) -> Bool { same(one.text, other.text) }

  func hash(into hasher: inout Hasher) {
    var text = text
    text.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
  }

  /// Whether both have the same bytes.
  static func same(_ one: String, _ other: String) -> Bool {
    let (left, right) = (one.utf8, other.utf8)
    guard left.count == right.count else { return false }
    let equal = left.withContiguousStorageIfAvailable { left in
      right.withContiguousStorageIfAvailable { right in left.elementsEqual(right) }
    }
    return (equal ?? nil) ?? left.elementsEqual(right)
  }

  /// Whether `one` comes before `other` by UTF-16 code units, the order of JavaScript's `<`.
  static func precedes(_ one: String, _ other: String) -> Bool {
    one.utf16.lexicographicallyPrecedes(other.utf16)
  }
}
