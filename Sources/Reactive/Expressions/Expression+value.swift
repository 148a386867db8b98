#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Evaluating. Nothing here fails: what JavaScript would throw for is undefined. Costly operations
/// are charged to the scope's work, whose owner stops when it is used up.
extension Expression {
  /// What the expression is in `scope`.
  func value(in scope: Scope) -> Value {
    switch self {
    case .literal(let value): return .json(value)
    case .undefined: return .undefined
    case .name(let name): return scope.find(name) ?? .undefined
    case .reference(let reference): return scope.value(of: reference)
    case .member(let object, let name): return Members.get(object.base(in: scope), name)
    case .index(let object, let key):
      return Members.get(object.base(in: scope), key: key.value(in: scope))
    case .call(let callee, let arguments): return call(callee, arguments, in: scope)
    case .unary(let unary, let operand): return apply(unary, operand.value(in: scope))
    case .binary(let binary, let left, let right): return apply(binary, left, right, in: scope)
    case .conditional(let condition, let then, let otherwise):
      return (condition.value(in: scope).isTruthy ? then : otherwise).value(in: scope)
    case .array(let elements):
      scope.work.spend(elements.count)
      return .json(.array(elements.map { $0.value(in: scope).json ?? .null }))
    case .object(let members):
      scope.work.spend(members.count)
      return .json(
        .object(
          JSONObject(
            members.compactMap { key, value in value.value(in: scope).json.map { (key, $0) } })))
    }
  }

  /// What the expression is as an object or function: there a name may be a global one too.
  private func base(in scope: Scope) -> Value {
    guard case .name(let name) = self else { return value(in: scope) }
    return scope.find(name) ?? Builtin.global(name)
  }

  private func call(_ callee: Expression, _ arguments: [Expression], in scope: Scope) -> Value {
    scope.work.spend(4)
    switch callee {
    case .member(let object, let name):
      let receiver = object.base(in: scope)
      return Methods.call(
        name, on: receiver, with: arguments.map { $0.value(in: scope) }, work: scope.work)
    case .index(let object, let key):
      let receiver = object.base(in: scope)
      let name = key.value(in: scope).asText
      return Methods.call(
        name, on: receiver, with: arguments.map { $0.value(in: scope) }, work: scope.work)
    default:
      guard case .function(let builtin) = callee.base(in: scope) else { return .undefined }
      return builtin.call(arguments.map { $0.value(in: scope) }, work: scope.work)
    }
  }

  private func apply(_ unary: UnaryOperator, _ operand: Value) -> Value {
    switch unary {
    case .not: .bool(!operand.isTruthy)
    case .negative: .number(-operand.asNumber)
    case .positive: .number(operand.asNumber)
    case .typeOf: .text(operand.typeName)
    }
  }

  private func apply(
    _ binary: BinaryOperator, _ left: Expression, _ right: Expression, in scope: Scope
  ) -> Value {
    let one = left.value(in: scope)
    switch binary {
    case .and: return one.isTruthy ? right.value(in: scope) : one
    case .or: return one.isTruthy ? one : right.value(in: scope)
    case .coalesce: return one.isNullish ? right.value(in: scope) : one
    default: return compute(binary, one, right.value(in: scope), work: scope.work)
    }
  }

  private func compute(
    _ binary: BinaryOperator, _ one: Value, _ other: Value, work: Work
  ) -> Value {
    switch binary {
    case .equal: .bool(Value.equal(one, other))
    case .notEqual: .bool(!Value.equal(one, other))
    case .same: .bool(Value.same(one, other))
    case .notSame: .bool(!Value.same(one, other))
    case .less, .greater, .lessOrEqual, .greaterOrEqual:
      .bool(Value.compare(binary, one, other))
    case .contained: Members.contains(other, one)
    case .add: sum(one, other, work: work)
    case .subtract: .number(one.asNumber - other.asNumber)
    case .multiply: .number(one.asNumber * other.asNumber)
    case .divide: .number(one.asNumber / other.asNumber)
    case .remainder: .number(one.asNumber.truncatingRemainder(dividingBy: other.asNumber))
    case .power: .number(Math.power(one.asNumber, other.asNumber))
    case .and, .or, .coalesce: .undefined
    }
  }

  private func sum(_ one: Value, _ other: Value, work: Work) -> Value {
    if one.isAddedAsNumber, other.isAddedAsNumber { return .number(one.asNumber + other.asNumber) }
    let (left, right) = (one.asText, other.asText)
    guard work.spend(bytes: left.utf8.count + right.utf8.count) else { return .undefined }
    return .text(left + right)
  }
}

extension Value {
  fileprivate var isAddedAsNumber: Bool {
    switch self {
    case .undefined, .json(.null), .json(.bool), .json(.number): true
    default: false
    }
  }
}

/// What the standard library lacks of JavaScript's arithmetic.
enum Math {
  /// Math.pow(base, exponent).
  static func power(_ base: Double, _ exponent: Double) -> Double {
    if exponent.isNaN || base.magnitude == 1 && exponent.isInfinite { return .nan }
    return pow(base, exponent)
  }

  /// Math.round(number): halves go up.
  static func round(_ number: Double) -> Double {
    let below = number.rounded(.down)
    return number - below >= 0.5 ? below + 1 : below
  }
}
