// The members of a JSON object in the order in which JavaScript would list them. Keys are compared
// byte by byte: Swift's `==` takes canonically equivalent texts for equal, JavaScript does not.

/// Members of a JSON object: integer-like keys ascending, then the others in order of the text.
/// Of members with the same key the last one counts, at the place of the first.
public struct JSONObject: Sendable {
  /// One key with its value.
  public struct Member: Sendable {
    public let key: String
    public let value: JSONValue
  }

  /// From how many members on an index of the keys is kept.
  private static let indexedCount = 16

  /// The members in JavaScript's order.
  public let members: [Member]
  private let index: [ExactText: Int]?

  /// An object with `pairs`, in any order.
  public init(_ pairs: [(String, JSONValue)] = []) {
    self.init(members: pairs.map { Member(key: $0.0, value: $0.1) })
  }

  init(members: [Member]) {
    let members = Self.ordered(Self.distinct(members))
    self.members = members
    index =
      members.count > Self.indexedCount
      ? Dictionary(
        uniqueKeysWithValues: members.indices.map { (ExactText(members[$0].key), $0) })
      : nil
  }

  public var isEmpty: Bool { members.isEmpty }
  public var count: Int { members.count }

  /// The value of `key`; nil when there is none.
  public subscript(key: String) -> JSONValue? {
    if let index { return index[ExactText(key)].map { members[$0].value } }
    for member in members where ExactText.same(member.key, key) { return member.value }
    return nil
  }

  /// This object with the members of `other` over its own.
  public func merging(_ other: JSONObject) -> JSONObject {
    JSONObject(members: members + other.members)
  }

  private static func distinct(_ members: [Member]) -> [Member] {
    var result: [Member] = []
    result.reserveCapacity(members.count)
    var places: [ExactText: Int] = [:]
    for member in members {
      let known =
        members.count > indexedCount
        ? places[ExactText(member.key)]
        : result.firstIndex { ExactText.same($0.key, member.key) }
      if let known {
        result[known] = member
      } else {
        if members.count > indexedCount { places[ExactText(member.key)] = result.count }
        result.append(member)
      }
    }
    return result
  }

  private static func ordered(_ members: [Member]) -> [Member] {
    guard members.contains(where: { arrayIndex($0.key) != nil }) else { return members }
    let indexed = members.compactMap { member in arrayIndex(member.key).map { ($0, member) } }
    return indexed.sorted { $0.0 < $1.0 }.map(\.1)
      + members.filter { arrayIndex($0.key) == nil }
  }

  /// The number that `key` writes, when it is one that JavaScript takes for an array's index.
  static func arrayIndex(_ key: String) -> UInt32? {
    guard let first = key.utf8.first, first >= 0x30, first <= 0x39, key.utf8.count <= 10,
      first != 0x30 || key.utf8.count == 1, key.utf8.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }),
      let number = UInt32(key), number < .max
    else { return nil }
    return number
  }
}

extension JSONObject: Equatable, ExpressibleByDictionaryLiteral {
  public init(dictionaryLiteral elements: (String, JSONValue)...) { self.init(elements) }

  /// Whether both have the same members, in whatever order.
  public static func == (one: JSONObject, other: JSONObject) -> Bool {
    one.count == other.count && one.members.allSatisfy { other[$0.key] == $0.value }
  }
}
