// The contexts of a place in a template, innermost first. Sections, partials with a context and
// components push one; the renderer makes them, expressions look names up in them.

/// One context with those around it.
final class Scope {
  /// Where an item of a loop stands.
  enum Key {
    case index(Int)
    case name(String, index: Int)

    var index: Int {
      switch self {
      case .index(let index), .name(_, let index): index
      }
    }

    var value: Value {
      switch self {
      case .index(let index): .number(Double(index))
      case .name(let name, _): .text(name)
      }
    }
  }

  /// Names that the template gives values besides the context.
  typealias Alias = (name: String, value: Value)

  let up: Scope?
  /// The context.
  let value: Value
  /// The place in the loop, when this is a loop's item.
  let key: Key?
  let aliases: [Alias]
  /// What the context was found by, for its keypath.
  private let origin: Expression?
  /// Whether the scope has aliases only and shows the context above.
  private let isTransparent: Bool
  /// The template or component that the scope belongs to.
  let instance: Instance
  let work: Work

  /// The outermost scope of `instance`.
  init(root value: JSONValue, instance: Instance, work: Work) {
    up = nil
    self.value = .json(value)
    key = nil
    aliases = []
    origin = nil
    isTransparent = false
    self.instance = instance
    self.work = work
  }

  /// A context within `up`.
  init(
    _ value: Value, in up: Scope, key: Key? = nil, aliases: [Alias] = [], origin: Expression? = nil
  ) {
    self.up = up
    self.value = value
    self.key = key
    self.aliases = aliases
    self.origin = origin
    isTransparent = false
    instance = up.instance
    work = up.work
  }

  /// The context of `up` with further names.
  init(aliases: [Alias], in up: Scope) {
    self.up = up
    value = up.value
    key = nil
    self.aliases = aliases
    origin = nil
    isTransparent = true
    instance = up.instance
    work = up.work
  }

  /// What `name` is: the nearest alias or member of a context, else a global of JavaScript.
  func lookUp(_ name: String) -> Value {
    owner(of: name)?.value ?? Builtin.global(name)
  }

  private func owner(of name: String) -> (scope: Scope, value: Value)? {
    guard !Members.isForbidden(name) else { return nil }
    var next: Scope? = self
    while let scope = next {
      for alias in scope.aliases where ExactText.same(alias.name, name) {
        return (scope, alias.value)
      }
      if case .json(.object(let object)) = scope.value, let value = object[name] {
        return (scope, .json(value))
      }
      if case .json(.array) = scope.value {
        let value = Members.get(scope.value, name)
        if value.json != nil { return (scope, value) }
      }
      next = scope.up
    }
    return nil
  }

  func value(of reference: Expression.Reference) -> Value {
    switch reference {
    case .context(let steps): context(steps)?.value ?? .undefined
    case .root: root.value
    case .loopIndex: nearestKey.map { .number(Double($0.index)) } ?? .undefined
    case .loopKey: nearestKey?.value ?? .undefined
    case .keypath: .text(keypath)
    case .missing: .undefined
    }
  }

  private func context(_ steps: Int) -> Scope? {
    var scope = opaque
    for _ in 0..<steps {
      guard let up = scope.up else { return nil }
      scope = up.opaque
    }
    return scope
  }

  private var opaque: Scope {
    var scope = self
    while scope.isTransparent, let up = scope.up { scope = up }
    return scope
  }

  private var root: Scope {
    var scope = self
    while let up = scope.up { scope = up }
    return scope
  }

  private var nearestKey: Key? {
    var scope: Scope? = self
    while let current = scope {
      if let key = current.key { return key }
      scope = current.up
    }
    return nil
  }

  /// The keypath of the context, such as `items.0`; empty for the root.
  private var keypath: String {
    let scope = opaque
    guard let up = scope.up, let origin = scope.origin else { return "" }
    var path = up.keypath(of: origin)
    if case .json(let key) = scope.key?.value { path += (path.isEmpty ? "" : ".") + Value.json(key).asText }
    return path
  }

  private func keypath(of expression: Expression) -> String {
    switch expression {
    case .name(let name): joined(owner(of: name)?.scope.keypath ?? "", name)
    case .reference(.context(let steps)): context(steps)?.keypath ?? ""
    case .member(let object, let name): joined(keypath(of: object), name)
    case .index(let object, let key): joined(keypath(of: object), key.value(in: self).asText)
    default: ""
    }
  }

  private func joined(_ path: String, _ name: String) -> String {
    path.isEmpty ? name : "\(path).\(name)"
  }
}

/// A template that is being rendered as a whole: the page's, or a component's.
final class Instance {
  /// The partials that can be named in it.
  let partials: [String: Template]
  /// What stood between the tags of the component's element; nil for the page's own template.
  let content: (body: [Node], scope: Scope, partials: [String: Template])?

  init(
    partials: [String: Template],
    content: (body: [Node], scope: Scope, partials: [String: Template])? = nil
  ) {
    self.partials = partials
    self.content = content
  }
}
