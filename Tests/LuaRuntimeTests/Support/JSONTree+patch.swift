/// JSON Patch (RFC 6902), as strict as the text: what does not apply is an error.
extension JSONTree {
  struct Inapplicable: Error {
    var operation: JSONTree
  }

  /// Applies each operation of the list in `patch`.
  mutating func apply(_ patch: JSONTree) throws {
    for operation in patch.items { try apply(operation: operation) }
  }

  private mutating func apply(operation: JSONTree) throws {
    guard let name = operation["op"]?.text, let path = operation["path"]?.text else {
      throw Inapplicable(operation: operation)
    }
    let good: Bool
    switch name {
    case "add": good = operation["value"].map { insert($0, at: Self.parts(path)) } ?? false
    case "remove": good = remove(at: Self.parts(path)) != nil
    case "replace":
      let parts = Self.parts(path)
      good = operation["value"].map { replace(with: $0, at: parts) } ?? false
    case "move":
      let moved = operation["from"]?.text.flatMap { remove(at: Self.parts($0)) }
      good = moved.map { insert($0, at: Self.parts(path)) } ?? false
    default: good = false
    }
    guard good else { throw Inapplicable(operation: operation) }
  }

  private static func parts(_ path: String) -> ArraySlice<String> {
    path.split(separator: "/", omittingEmptySubsequences: false).dropFirst().map { part in
      part.split(separator: "~1", omittingEmptySubsequences: false).joined(separator: "/")
        .split(separator: "~0", omittingEmptySubsequences: false).joined(separator: "~")
    }[...]
  }

  private static func index(_ part: String, below bound: Int) -> Int? {
    guard let index = Int(part), index >= 0, index < bound, String(index) == part else { return nil }
    return index
  }

  /// Lets `change` at the container of the path's last part.
  private mutating func descend<R>(
    _ parts: ArraySlice<String>, _ change: (inout JSONTree, String) -> R?
  ) -> R? {
    guard let first = parts.first else { return nil }
    if parts.count == 1 { return change(&self, first) }
    switch self {
    case .object(var fields):
      guard var child = fields[first] else { return nil }
      let result = child.descend(parts.dropFirst(), change)
      fields[first] = child
      self = .object(fields)
      return result
    case .array(var items):
      guard let index = Self.index(first, below: items.count) else { return nil }
      let result = items[index].descend(parts.dropFirst(), change)
      self = .array(items)
      return result
    default: return nil
    }
  }

  private mutating func insert(_ value: JSONTree, at parts: ArraySlice<String>) -> Bool {
    descend(parts) { container, key -> Bool? in
      switch container {
      case .object(var fields):
        guard fields.updateValue(value, forKey: key) == nil else { return nil }
        container = .object(fields)
      case .array(var items):
        guard let index = Self.index(key, below: items.count + 1) else { return nil }
        items.insert(value, at: index)
        container = .array(items)
      default: return nil
      }
      return true
    } ?? false
  }

  private mutating func remove(at parts: ArraySlice<String>) -> JSONTree? {
    descend(parts) { container, key in
      switch container {
      case .object(var fields):
        let removed = fields.removeValue(forKey: key)
        container = .object(fields)
        return removed
      case .array(var items):
        guard let index = Self.index(key, below: items.count) else { return nil }
        let removed = items.remove(at: index)
        container = .array(items)
        return removed
      default: return nil
      }
    }
  }

  private mutating func replace(with value: JSONTree, at parts: ArraySlice<String>) -> Bool {
    if parts.isEmpty {
      self = value
      return true
    }
    return descend(parts) { container, key -> Bool? in
      switch container {
      case .object(var fields):
        guard fields.updateValue(value, forKey: key) != nil else { return nil }
        container = .object(fields)
      case .array(var items):
        guard let index = Self.index(key, below: items.count) else { return nil }
        items[index] = value
        container = .array(items)
      default: return nil
      }
      return true
    } ?? false
  }
}
