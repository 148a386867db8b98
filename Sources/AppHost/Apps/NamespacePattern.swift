import LuaRuntime

/// Namespaces that a script serves besides its own: `/orders/*`.
struct NamespacePattern: Sendable, Equatable {
  /// The namespace of the script.
  let script: String
  /// The pattern between its slashes, each piece cut at its stars.
  private let segments: [[[UInt8]]]

  /// - Parameter pattern: `*` stands for one or more bytes but `/`.
  init(_ pattern: LuaNamespacePattern) {
    script = pattern.script
    segments = Self.cut(pattern.pattern.utf8, at: "/").map { segment in
      Self.cut(segment, at: "*").map { Array($0) }
    }
  }

  /// Whether `name` is one of them. No star passes a slash, so each segment stands for itself; nor a
  /// control character, which separates a namespace from its rooms where clients cannot see it.
  func matches(_ name: String) -> Bool {
    guard !name.utf8.contains(where: { $0 < 0x20 || $0 == 0x7F }) else { return false }
    let pieces = Self.cut(name.utf8, at: "/")
    return pieces.count == segments.count
      && zip(pieces, segments).allSatisfy { Self.matches(Array($0)[...], $1) }
  }

  /// Whether `text` is `parts` with a byte or more between each two. The first place where a part fits
  /// is as good as any later one: linear, whatever a client calls itself.
  private static func matches(_ text: ArraySlice<UInt8>, _ parts: [[UInt8]]) -> Bool {
    guard let first = parts.first, let last = parts.last, text.starts(with: first) else {
      return false
    }
    var rest = text.dropFirst(first.count)
    guard parts.count > 1 else { return rest.isEmpty }
    for part in parts.dropFirst().dropLast() {
      guard let end = rest.dropFirst().endOfFirst(part) else { return false }
      rest = rest[end...]
    }
    return rest.count > last.count && rest.suffix(last.count).elementsEqual(last)
  }

  private static func cut<Text: Collection<UInt8>>(
    _ text: Text, at separator: Unicode.Scalar
  ) -> [Text.SubSequence] {
    text.split(separator: UInt8(ascii: separator), omittingEmptySubsequences: false)
  }
}

extension ArraySlice<UInt8> {
  /// Where the first occurrence of `part` ends.
  fileprivate func endOfFirst(_ part: [UInt8]) -> Int? {
    guard part.count <= count else { return nil }
    return (startIndex...(endIndex - part.count)).first { self[$0...].starts(with: part) }
      .map { $0 + part.count }
  }
}
