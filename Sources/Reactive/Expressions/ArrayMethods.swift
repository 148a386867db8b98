/// Methods of arrays. None changes its array.
struct ArrayMethods {
  let array: [JSONValue]
  let arguments: Arguments
  let work: Work

  func call(_ name: String) -> Value {
    switch name {
    case "join": return join()
    case "indexOf":
      guard let wanted = arguments[0].json, work.spend(array.count) else { return .number(-1) }
      let start = arguments.place(1, of: array.count, default: 0)
      return .number(Double(array[start...].firstIndex { Value.same($0, wanted) } ?? -1))
    case "includes": return .bool(includes())
    case "slice":
      let start = arguments.place(0, of: array.count, default: 0)
      let end = arguments.place(1, of: array.count, default: array.count)
      return .json(.array(start < end ? Array(array[start..<end]) : []))
    case "concat": return concatenated()
    case "reverse": return work.spend(array.count) ? .json(.array(array.reversed())) : .undefined
    default: return .undefined
    }
  }

  private func join() -> Value {
    let separator = arguments.has(0) ? arguments.text(0) : ","
    guard work.spend(bytes: array.count * (separator.utf8.count + 1)) else { return .undefined }
    let text = Value.joined(array, separator: separator)
    return work.spend(bytes: text.utf8.count) ? .text(text) : .undefined
  }

  private func includes() -> Bool {
    guard let wanted = arguments[0].json, work.spend(array.count) else { return false }
    if case .number(let number) = wanted, number.isNaN {
      return array.contains { $0.number?.isNaN == true }
    }
    return array.contains { Value.same($0, wanted) }
  }

  private func concatenated() -> Value {
    var result = array
    for argument in arguments.values {
      let addition = argument.json?.array ?? [argument.json ?? .null]
      guard work.spend(result.count / 8 + addition.count) else { return .undefined }
      result += addition
    }
    return .json(.array(result))
  }
}
