import LuaRuntime

/// Namespaces that a script serves besides its own: `/orders/*`.
struct NamespacePattern: Sendable, Equatable {
  /// The namespace of the script.
  let script: String
  private let parts: [Substring]

  /// - Parameter pattern: `*` stands for one or more characters but `/`.
  init(_ pattern: LuaNamespacePattern) {
    script = pattern.script
    parts = pattern.pattern.split(separator: "*", omittingEmptySubsequences: false)
  }

  /// Whether `name` is one of them.
  func matches(_ name: String) -> Bool {
    guard let first = parts.first, name.hasPrefix(first) else { return false }
    return Self.matches(name.dropFirst(first.count)[...], parts.dropFirst())
  }

  /// Whether `rest` is a star and a part, again and again, to its end.
  private static func matches(_ rest: Substring, _ parts: ArraySlice<Substring>) -> Bool {
    guard let part = parts.first else { return rest.isEmpty }
    let star = rest.prefix { $0 != "/" }
    for length in stride(from: 1, through: star.count, by: 1) {
      let tail = rest.dropFirst(length)
      guard tail.hasPrefix(part) else { continue }
      if matches(tail.dropFirst(part.count), parts.dropFirst()) { return true }
    }
    return false
  }
}
