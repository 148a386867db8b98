/// A string as JavaScript sees it: a sequence of UTF-16 code units. Half a surrogate pair that a
/// cut leaves becomes U+FFFD.
struct JavaScriptText {
  let units: [UInt16]

  init(_ text: String) { units = Array(text.utf16) }

  private init(units: [UInt16]) { self.units = units }

  static func string(_ units: some Collection<UInt16>) -> String {
    String(decoding: units, as: UTF16.self)
  }

  func unit(at index: Int) -> String? {
    units.indices.contains(index) ? Self.string(units[index...index]) : nil
  }

  /// Where `other` begins first from `start` on. Comparisons are charged to `work`.
  func firstIndex(of other: JavaScriptText, from start: Int = 0, work: Work) -> Int? {
    guard other.units.count <= units.count, start <= units.count - other.units.count else {
      return nil
    }
    for index in start...(units.count - other.units.count) {
      var matched = 0
      while matched < other.units.count, units[index + matched] == other.units[matched] {
        matched += 1
      }
      if matched == other.units.count { return index }
      guard work.spend(bytes: matched + 1) else { return nil }
    }
    return nil
  }

  /// Whether `other` stands at `index`.
  func has(_ other: JavaScriptText, at index: Int) -> Bool {
    index >= 0 && index + other.units.count <= units.count
      && units[index..<index + other.units.count].elementsEqual(other.units)
  }
}
