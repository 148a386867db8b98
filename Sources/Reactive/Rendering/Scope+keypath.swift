/// Keypaths: where in the data a context or a name stands, such as `items.0.title`.
extension Scope {
  /// The keypath of the context, empty for the root; nil when it is no place in the data.
  var keypath: String? {
    guard let origin else { return up.map(\.keypath) ?? "" }
    guard let base = up?.keypath(of: origin) else { return nil }
    return key.map { Self.join(base, $0.value.asText) } ?? base
  }

  /// The keypath that `expression` names, which two-way binding writes to; nil if it names none.
  func keypath(of expression: Expression) -> String? {
    switch expression {
    case .name(let name): return place(of: name)
    case .reference(.context(let steps)): return context(steps)?.keypath
    case .reference(.root): return ""
    case .member(let object, let name): return member(name, of: object)
    case .index(let object, let key): return member(key.value(in: self).asText, of: object)
    default: return nil
    }
  }

  private func member(_ name: String, of object: Expression) -> String? {
    guard !Members.isForbidden(name) else { return nil }
    return keypath(of: object).map { Self.join($0, name) }
  }

  private func place(of name: String) -> String? {
    guard !Members.isForbidden(name) else { return nil }
    var holder: Scope? = self
    while let scope = holder, scope.own(name) == nil { holder = scope.up }
    if let holder, let alias = holder.aliases.first(where: { ExactText.same($0.name, name) }) {
      switch alias.meaning {
      case .item: return holder.keypath
      case .key, .index: return nil
      case .expression(let expression): return holder.up?.keypath(of: expression)
      }
    }
    return (holder ?? context(0))?.keypath.map { Self.join($0, name) }
  }

  /// Dots and backslashes of a key are escaped.
  private static func join(_ path: String, _ key: String) -> String {
    var escaped: [UInt8] = []
    for byte in key.utf8 {
      if byte == UInt8(ascii: ".") || byte == UInt8(ascii: "\\") {
        escaped.append(UInt8(ascii: "\\"))
      }
      escaped.append(byte)
    }
    let key = String(decoding: escaped, as: UTF8.self)
    return path.isEmpty ? key : "\(path).\(key)"
  }
}
