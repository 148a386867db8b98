/// JavaScript's global functions and objects that templates may use.
enum Builtin: String, Sendable {
  case math = "Math"
  case json = "JSON"
  case array = "Array"
  case object = "Object"
  case string = "String"
  case number = "Number"
  case boolean = "Boolean"
  case parseInt, parseFloat, isNaN, isFinite, encodeURIComponent
  case abs = "Math.abs"
  case ceil = "Math.ceil"
  case floor = "Math.floor"
  case round = "Math.round"
  case max = "Math.max"
  case min = "Math.min"
  case sqrt = "Math.sqrt"
  case pow = "Math.pow"
  case sign = "Math.sign"
  case trunc = "Math.trunc"
  case stringify = "JSON.stringify"
  case isArray = "Array.isArray"
  case keys = "Object.keys"

  /// The global `name` where no data has a member of that name.
  static func global(_ name: String) -> Value {
    Builtin(rawValue: name).map(Value.function) ?? .undefined
  }

  /// Whether this is an object of functions, not one itself.
  var isNamespace: Bool { self == .math || self == .json }

  /// The member `name` of this.
  func member(_ name: String) -> Value {
    if self == .math, name == "PI" { return .number(.pi) }
    return Builtin(rawValue: "\(rawValue).\(name)").map(Value.function) ?? .undefined
  }

  /// What calling this with `arguments` gives.
  func call(_ arguments: [Value], work: Work) -> Value {
    let first = arguments.first ?? .undefined
    switch self {
    case .math, .json, .array, .object: return .undefined
    case .string: return .text(arguments.isEmpty ? "" : first.asText)
    case .number: return .number(arguments.isEmpty ? 0 : first.asNumber)
    case .boolean: return .bool(first.isTruthy)
    case .parseInt:
      let radix = arguments.count > 1 ? arguments[1].asNumber : 0
      return .number(NumberText.leadingInteger(first.asText, radix: radix))
    case .parseFloat: return .number(NumberText.leadingFloat(first.asText))
    case .isNaN: return .bool(first.asNumber.isNaN)
    case .isFinite: return .bool(first.asNumber.isFinite)
    case .encodeURIComponent: return .text(URIComponent.encoded(first.asText))
    case .stringify: return stringify(first, work: work)
    case .isArray: return .bool(first.json?.array != nil)
    case .keys: return keys(first, work: work)
    case .max:
      return .number(arguments.reduce(-.infinity) { maximum($0, $1.asNumber) })
    case .min:
      return .number(-arguments.reduce(-.infinity) { maximum($0, -$1.asNumber) })
    default: return .number(arithmetic(arguments.map(\.asNumber)))
    }
  }

  private func arithmetic(_ numbers: [Double]) -> Double {
    let number = numbers.first ?? .nan
    return switch self {
    case .abs: number.magnitude
    case .ceil: number.rounded(.up)
    case .floor: number.rounded(.down)
    case .trunc: number.rounded(.towardZero)
    case .round: Math.round(number)
    case .sqrt: number.squareRoot()
    case .sign: number > 0 ? 1 : number < 0 ? -1 : number
    case .pow: Math.power(number, numbers.count > 1 ? numbers[1] : .nan)
    default: .nan
    }
  }

  private func maximum(_ one: Double, _ other: Double) -> Double {
    one.isNaN || other.isNaN ? .nan : Swift.max(one, other)
  }

  private func stringify(_ value: Value, work: Work) -> Value {
    guard let json = value.json else { return .undefined }
    let text = json.serialized
    return work.spend(bytes: text.utf8.count) ? .text(text) : .undefined
  }

  private func keys(_ value: Value, work: Work) -> Value {
    switch value {
    case .json(.object(let object)):
      work.spend(object.count)
      return .json(.array(object.members.map { .string($0.key) }))
    case .json(.array(let array)):
      work.spend(array.count)
      return .json(.array(array.indices.map { .string(String($0)) }))
    case .json(.string(let text)):
      work.spend(text.utf16.count)
      return .json(.array((0..<text.utf16.count).map { .string(String($0)) }))
    default: return value.isNullish ? .undefined : .json([])
    }
  }
}
