/// JavaScript's comparisons.
extension Value {
  /// one === other. Arrays and objects are the same when they are one value, not equal ones.
  static func same(_ one: Value, _ other: Value) -> Bool {
    switch (one, other) {
    case (.undefined, .undefined): true
    case (.function(let one), .function(let other)): one == other
    case (.json(let one), .json(let other)): same(one, other)
    default: false
    }
  }

  /// one === other, for data.
  static func same(_ one: JSONValue, _ other: JSONValue) -> Bool {
    switch (one, other) {
    case (.null, .null): true
    case (.bool(let one), .bool(let other)): one == other
    case (.number(let one), .number(let other)): one == other
    case (.string(let one), .string(let other)): ExactText.same(one, other)
    case (.array(let one), .array(let other)): sharesStorage(one, other)
    case (.object(let one), .object(let other)): sharesStorage(one.members, other.members)
    default: false
    }
  }

  /// Copies of one array share their storage as long as neither changes, and none ever does here.
  private static func sharesStorage<Element>(_ one: [Element], _ other: [Element]) -> Bool {
    one.count == other.count
      && one.withUnsafeBufferPointer { one in
        other.withUnsafeBufferPointer { one.baseAddress == $0.baseAddress }
      }
  }

  /// one == other.
  static func equal(_ one: Value, _ other: Value) -> Bool {
    if one.isNullish || other.isNullish { return one.isNullish && other.isNullish }
    if one.isContainer == other.isContainer, one.typeName == other.typeName {
      return same(one, other)
    }
    if case (.json(.string), _) = (one, other), other.isContainer {
      return ExactText.same(one.asText, other.asText)
    }
    if case (_, .json(.string)) = (one, other), one.isContainer {
      return ExactText.same(one.asText, other.asText)
    }
    return one.asNumber == other.asNumber
  }

  private var isContainer: Bool {
    switch self {
    case .json(.array), .json(.object), .function: true
    default: false
    }
  }

  /// Whether `order` holds for the values as JavaScript's `<` and its kin compare them.
  static func compare(_ order: BinaryOperator, _ one: Value, _ other: Value) -> Bool {
    if let left = one.comparedText, let right = other.comparedText {
      return switch order {
      case .less: ExactText.precedes(left, right)
      case .greater: ExactText.precedes(right, left)
      case .lessOrEqual: !ExactText.precedes(right, left)
      default: !ExactText.precedes(left, right)
      }
    }
    let (left, right) = (one.asNumber, other.asNumber)
    return switch order {
    case .less: left < right
    case .greater: left > right
    case .lessOrEqual: left <= right
    default: left >= right
    }
  }

  private var comparedText: String? {
    switch self {
    case .json(.string(let text)): text
    case .json(.array), .json(.object), .function: asText
    default: nil
    }
  }
}
