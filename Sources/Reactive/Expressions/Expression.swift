/// An expression of a template, as `ExpressionParser` reads it. `Expression+value.swift` evaluates.
indirect enum Expression: Sendable {
  case literal(JSONValue)
  case undefined
  /// A name that is looked up through the contexts.
  case name(String)
  case reference(Reference)
  case member(Expression, String)
  case index(Expression, Expression)
  case call(Expression, [Expression])
  case unary(UnaryOperator, Expression)
  case binary(BinaryOperator, Expression, Expression)
  case conditional(Expression, then: Expression, otherwise: Expression)
  case array([Expression])
  case object([(key: String, value: Expression)])

  /// What isn't looked up by name.
  enum Reference: Sendable {
    /// The context so many steps up; 0 is the current one.
    case context(Int)
    /// The data of the template as a whole.
    case root
    case loopIndex
    case loopKey
    case keypath
    /// Things that exist only in a browser, such as the instance.
    case missing
  }
}

enum UnaryOperator: Sendable {
  case not, negative, positive, typeOf
}

/// Operators between two operands, with how tightly they bind.
enum BinaryOperator: Sendable {
  case coalesce, or, and
  case equal, notEqual, same, notSame
  case less, greater, lessOrEqual, greaterOrEqual, contained
  case add, subtract, multiply, divide, remainder, power

  /// Longer spellings come before those that they begin with.
  static let spellings: [(text: [UInt8], operator: BinaryOperator)] = [
    ("===", same), ("!==", notSame), ("==", equal), ("!=", notEqual), ("<=", lessOrEqual),
    (">=", greaterOrEqual), ("&&", and), ("||", or), ("??", coalesce), ("**", power),
    ("<", less), (">", greater), ("+", add), ("-", subtract), ("*", multiply), ("/", divide),
    ("%", remainder), ("in", contained),
  ].map { (Array($0.0.utf8), $0.1) }

  var precedence: Int {
    switch self {
    case .coalesce: 1
    case .or: 2
    case .and: 3
    case .equal, .notEqual, .same, .notSame: 4
    case .less, .greater, .lessOrEqual, .greaterOrEqual, .contained: 5
    case .add, .subtract: 6
    case .multiply, .divide, .remainder: 7
    case .power: 8
    }
  }
}
