/// The methods of strings, arrays and numbers that templates may call. Everything else is
/// undefined.
enum Methods {
  private static let strings: Set<String> = [
    "toUpperCase", "toLowerCase", "trim", "slice", "substring", "indexOf", "includes",
    "startsWith", "endsWith", "split", "replace", "padStart", "padEnd", "charAt", "repeat",
  ]
  private static let arrays: Set<String> = [
    "join", "indexOf", "includes", "slice", "concat", "reverse",
  ]

  /// What receiver.name(arguments…) gives.
  static func call(
    _ name: String, on receiver: Value, with arguments: [Value], work: Work
  ) -> Value {
    switch receiver {
    case .json(.string(let text)):
      guard strings.contains(name), work.spend(bytes: text.utf8.count) else { return .undefined }
      return StringMethods(text: text, arguments: Arguments(arguments), work: work).call(name)
    case .json(.array(let array)):
      guard arrays.contains(name), work.spend(bytes: array.count) else { return .undefined }
      return ArrayMethods(array: array, arguments: Arguments(arguments), work: work).call(name)
    case .json(.number(let number)): return call(name, on: number, with: Arguments(arguments))
    case .function(let builtin):
      if case .function(let function) = builtin.member(name) {
        return function.call(arguments, work: work)
      }
      return .undefined
    default: return .undefined
    }
  }

  private static func call(_ name: String, on number: Double, with arguments: Arguments) -> Value {
    switch name {
    case "toFixed":
      let places = arguments.integer(0, default: 0)
      return NumberText.fixed(number, places: places).map(Value.text) ?? .undefined
    case "toString": return .text(NumberText.text(number))
    default: return .undefined
    }
  }
}

/// The arguments of a call, converted as JavaScript's own methods convert theirs.
struct Arguments {
  let values: [Value]

  init(_ values: [Value]) { self.values = values }

  subscript(index: Int) -> Value { index < values.count ? values[index] : .undefined }

  /// Whether the argument is there and not undefined.
  func has(_ index: Int) -> Bool {
    if case .undefined = self[index] { false } else { true }
  }

  func text(_ index: Int) -> String { self[index].asText }

  /// The argument as a whole number, cut to what fits an Int; NaN is zero.
  func integer(_ index: Int, default value: Int) -> Int {
    guard has(index) else { return value }
    let number = self[index].asNumber
    if number.isNaN { return 0 }
    return Int(max(-1e15, min(1e15, number)))
  }

  /// The argument as a place among `count` elements, where negative numbers count from the end.
  func place(_ index: Int, of count: Int, default value: Int) -> Int {
    let place = integer(index, default: value)
    return place < 0 ? max(0, count + place) : min(place, count)
  }
}
