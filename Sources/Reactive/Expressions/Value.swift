// What an expression evaluates to: a JSON value, or what JavaScript has besides. Conversions here
// are JavaScript's own; `shownText` alone follows the template language, which shows arrays and
// objects as JSON.

/// The value of an expression.
enum Value: Sendable {
  case undefined
  case json(JSONValue)
  case function(Builtin)

  static let null = Value.json(.null)
  static func text(_ text: String) -> Value { .json(.string(text)) }
  static func number(_ number: Double) -> Value { .json(.number(number)) }
  static func bool(_ flag: Bool) -> Value { .json(.bool(flag)) }

  init(_ value: JSONValue?) {
    if let value { self = .json(value) } else { self = .undefined }
  }

  /// The value as data; undefined and functions are none.
  var json: JSONValue? { if case .json(let value) = self { value } else { nil } }

  /// Whether the value is null or undefined.
  var isNullish: Bool {
    switch self {
    case .undefined, .json(.null): true
    default: false
    }
  }

  /// Whether JavaScript's `if` takes the value for true.
  var isTruthy: Bool {
    switch self {
    case .undefined, .json(.null): false
    case .json(.bool(let flag)): flag
    case .json(.number(let number)): number != 0 && !number.isNaN
    case .json(.string(let text)): !text.isEmpty
    default: true
    }
  }

  /// Whether sections show the value: as `isTruthy`, and empty arrays and objects are false.
  var isShown: Bool {
    switch self {
    case .json(.array(let array)): !array.isEmpty
    case .json(.object(let object)): !object.isEmpty
    default: isTruthy
    }
  }

  /// Number(value).
  var asNumber: Double {
    switch self {
    case .undefined, .function: .nan
    case .json(.null): 0
    case .json(.bool(let flag)): flag ? 1 : 0
    case .json(.number(let number)): number
    case .json(.string(let text)): NumberText.number(text)
    case .json(.array), .json(.object): NumberText.number(asText)
    }
  }

  /// String(value).
  var asText: String {
    switch self {
    case .undefined: "undefined"
    case .function: "function"
    case .json(let value): Self.text(of: value)
    }
  }

  private static func text(of value: JSONValue) -> String {
    switch value {
    case .null: "null"
    case .bool(let flag): flag ? "true" : "false"
    case .number(let number): NumberText.text(number)
    case .string(let text): text
    case .array(let array): joined(array, separator: ",")
    case .object: "[object Object]"
    }
  }

  /// array.join(separator).
  static func joined(_ array: [JSONValue], separator: String) -> String {
    array.map { $0 == .null ? "" : text(of: $0) }.joined(separator: separator)
  }

  /// What a mustache shows, unescaped.
  var shownText: String {
    switch self {
    case .undefined, .json(.null), .function: ""
    case .json(.array(let array)): JSONValue.array(array).serialized
    case .json(.object(let object)): JSONValue.object(object).serialized
    case .json(let value): Self.text(of: value)
    }
  }

  /// typeof value.
  var typeName: String {
    switch self {
    case .undefined: "undefined"
    case .function(let builtin): builtin.isNamespace ? "object" : "function"
    case .json(.bool): "boolean"
    case .json(.number): "number"
    case .json(.string): "string"
    case .json: "object"
    }
  }
}
