// The contexts of a place in a template, innermost first. Sections, partials with a context and
// components push one; the renderer makes them, expressions look names up in them. What keypath a
// context has is in `Scope+keypath.swift`.

/// One context with those around it.
final class Scope {
  /// Where an item of a loop stands: its index, and its name if it is a member of an object.
  struct Key {
    let index: Int
    let name: String?

    var value: Value { name.map(Value.text) ?? .number(Double(index)) }
  }

  let up: Scope?
  /// The context.
  let value: Value
  /// The place in the loop, when this is a loop's item.
  let key: Key?
  /// Names that have a value here besides the context's members.
  let aliases: [Alias]
  /// The values of those aliases that are expressions, in their order.
  private let aliasValues: [Value]
  /// What the context was found by; nil at a root and for a scope that only adds aliases.
  let origin: Expression?
  let work: Work

  /// The outermost scope of a template or component.
  init(root value: JSONValue, work: Work) {
    up = nil
    self.value = .json(value)
    key = nil
    aliases = []
    aliasValues = []
    origin = nil
    self.work = work
  }

  /// A context within `up`, found by `origin`.
  init(_ value: Value, in up: Scope, origin: Expression, key: Key? = nil, aliases: [Alias] = []) {
    self.up = up
    self.value = value
    self.key = key
    self.aliases = aliases
    aliasValues = []
    self.origin = origin
    work = up.work
  }

  /// The context of `up` with further names, each an expression of `up`.
  init(aliases: [Alias], in up: Scope) {
    self.up = up
    value = up.value
    key = nil
    self.aliases = aliases
    aliasValues = aliases.map { $0.expression?.value(in: up) ?? .undefined }
    origin = nil
    work = up.work
  }

  /// What `name` is: the nearest alias or member of a context; nil when there is none.
  func find(_ name: String) -> Value? {
    guard !Members.isForbidden(name) else { return nil }
    var next: Scope? = self
    while let scope = next {
      if let value = scope.own(name) { return value }
      next = scope.up
    }
    return nil
  }

  /// What `name` is in this scope alone.
  func own(_ name: String) -> Value? {
    for (index, alias) in aliases.enumerated() where ExactText.same(alias.name, name) {
      return value(of: alias, at: index)
    }
    switch value {
    case .json(.object(let object)): return object[name].map(Value.json)
    case .json(.array(let array)) where name == "length": return .number(Double(array.count))
    default: return nil
    }
  }

  private func value(of alias: Alias, at index: Int) -> Value {
    switch alias.meaning {
    case .item: value
    case .key: key?.value ?? .undefined
    case .index: key.map { .number(Double($0.index)) } ?? .undefined
    case .expression: index < aliasValues.count ? aliasValues[index] : .undefined
    }
  }

  func value(of reference: Expression.Reference) -> Value {
    switch reference {
    case .context(0): value
    case .context(let steps): context(steps)?.value ?? .undefined
    case .root: root.value
    case .loopIndex: item?.key.map { .number(Double($0.index)) } ?? .undefined
    case .loopKey: item?.key?.value ?? .undefined
    case .keypath: keypath.map(Value.text) ?? .undefined
    case .missing: .undefined
    }
  }

  /// The scope of the context `steps` above, passing over those that only add aliases.
  func context(_ steps: Int) -> Scope? {
    var scope = self
    while scope.origin == nil, let up = scope.up { scope = up }
    return steps == 0 ? scope : scope.up?.context(steps - 1)
  }

  private var root: Scope {
    var scope = self
    while let up = scope.up { scope = up }
    return scope
  }

  /// The nearest item of a loop.
  private var item: Scope? {
    var scope: Scope? = self
    while let current = scope, current.key == nil { scope = current.up }
    return scope
  }
}
