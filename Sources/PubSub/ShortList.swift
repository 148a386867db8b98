// A list for what is nearly always one, such as the namespaces and the topics of a client: there are
// many of them, and the first element needs no memory of its own. All is inlinable, so that it costs
// no more than an array.

/// An ordered list that holds its first element in place.
public struct ShortList<Element> {
  @usableFromInline var head: Element?
  @usableFromInline var rest: [Element] = []

  /// An empty list, which owns no memory.
  @inlinable
  public init() {}

  /// Adds an element behind all others.
  @inlinable
  public mutating func append(_ element: Element) {
    if head == nil { head = element } else { rest.append(element) }
  }

  /// Takes the last element out.
  @inlinable
  public mutating func removeLast() -> Element { remove(at: count - 1) }

  /// Calls `body` with each element in order.
  @inlinable
  public func visit(_ body: (Element) throws -> Void) rethrows {
    guard let head else { return }
    try body(head)
    for element in rest { try body(element) }
  }

  /// Takes an element out; the order of the others stays.
  @discardableResult
  @inlinable
  public mutating func remove(at index: Int) -> Element {
    guard index == 0, let removed = head else { return rest.remove(at: index - 1) }
    head = rest.isEmpty ? nil : rest.removeFirst()
    return removed
  }
}

extension ShortList: RandomAccessCollection, MutableCollection {
  @inlinable public var startIndex: Int { 0 }
  @inlinable public var endIndex: Int { head == nil ? 0 : 1 + rest.count }

  @inlinable
  public subscript(position: Int) -> Element {
    get {
      if position == 0, let head { return head }
      return rest[position - 1]
    }
    set {
      if position == 0 { head = newValue } else { rest[position - 1] = newValue }
    }
  }
}

extension ShortList: Sendable where Element: Sendable {}
