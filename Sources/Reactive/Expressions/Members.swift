/// Members of values: own members of data, and nothing that leads out of it.
enum Members {
  /// Whether no template may reach a member of this name, however it is written.
  static func isForbidden(_ name: String) -> Bool {
    switch name.utf8.first {
    case UInt8(ascii: "c"): name == "constructor"
    case UInt8(ascii: "p"): name == "prototype"
    case UInt8(ascii: "_"): name.utf8.count > 4 && name.hasPrefix("__") && name.hasSuffix("__")
    default: false
    }
  }

  /// object.name.
  static func get(_ object: Value, _ name: String) -> Value {
    switch object {
    case .json(.object(let members)): isForbidden(name) ? .undefined : Value(members[name])
    case .json(.array(let array)):
      if let index = JSONObject.arrayIndex(name) {
        element(array, Int(index))
      } else {
        name == "length" ? .number(Double(array.count)) : .undefined
      }
    case .json(.string(let text)):
      if let index = JSONObject.arrayIndex(name) {
        Value(JavaScriptText(text).unit(at: Int(index)).map(JSONValue.string))
      } else {
        name == "length" ? .number(Double(text.utf16.count)) : .undefined
      }
    case .function(let builtin): builtin.member(name)
    default: .undefined
    }
  }

  /// object[key].
  static func get(_ object: Value, key: Value) -> Value {
    if case .json(.array(let array)) = object, case .json(.number(let number)) = key {
      return Int(exactly: number).map { element(array, $0) } ?? .undefined
    }
    return get(object, key.asText)
  }

  /// key in object.
  static func contains(_ object: Value, _ key: Value) -> Value {
    let name = key.asText
    switch object {
    case .json(.object(let members)): return .bool(!isForbidden(name) && members[name] != nil)
    case .json(.array(let array)):
      return .bool(
        name == "length" || JSONObject.arrayIndex(name).map { Int($0) < array.count } ?? false)
    default: return .undefined
    }
  }

  private static func element(_ array: [JSONValue], _ index: Int) -> Value {
    array.indices.contains(index) ? .json(array[index]) : .undefined
  }
}
