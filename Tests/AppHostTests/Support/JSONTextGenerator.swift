// Random JSON texts that are known twice: with space between their parts, and without. Made of tokens,
// without any parser, so that what is tested is compared with what was meant.

/// A JSON value as a list of tokens.
struct JSONTextGenerator {
  private static let space = " \n\r\t"
  private static let characters = "a\"\\/\u{0}\n\u{1F}\u{7F}é€🪐{}[]:,\u{2028}\u{301}"

  private(set) var tokens: [String] = []

  /// Any value.
  init(depth: Int, _ generator: inout SeededGenerator) { add(depth: depth, &generator) }

  private init(tokens: [String]) { self.tokens = tokens }

  /// A string that says `content`.
  static func string(_ content: String, _ generator: inout SeededGenerator) -> JSONTextGenerator {
    JSONTextGenerator(tokens: [quoted(content, &generator)])
  }

  static func content(_ generator: inout SeededGenerator) -> String {
    generator.text(maxCount: 5, alphabet: characters)
  }

  var compact: String { tokens.joined() }

  /// With space between its parts, but none around it.
  func spaced(_ generator: inout SeededGenerator) -> String {
    guard var text = tokens.first else { return "" }
    for token in tokens.dropFirst() {
      text += generator.text(maxCount: 2, alphabet: Self.space) + token
    }
    return text
  }

  private mutating func add(depth: Int, _ generator: inout SeededGenerator) {
    let count = Int.random(in: 0...3, using: &generator)
    switch Int.random(in: 0..<(depth > 0 ? 7 : 4), using: &generator) {
    case 0: tokens.append(Self.quoted(Self.content(&generator), &generator))
    case 1: tokens.append(["true", "false", "null"].randomElement(using: &generator) ?? "null")
    case 2, 3: tokens.append(Self.number(&generator))
    case 4, 5:
      tokens.append("{")
      for index in 0..<count {
        if index > 0 { tokens.append(",") }
        tokens += [Self.quoted(Self.content(&generator), &generator), ":"]
        add(depth: depth - 1, &generator)
      }
      tokens.append("}")
    default:
      tokens.append("[")
      for index in 0..<count {
        if index > 0 { tokens.append(",") }
        add(depth: depth - 1, &generator)
      }
      tokens.append("]")
    }
  }

  private static func number(_ generator: inout SeededGenerator) -> String {
    let sign = Bool.random(using: &generator) ? "-" : ""
    let whole = Int.random(in: 0...1_200, using: &generator)
    let fraction = Bool.random(using: &generator) ? ".0\(whole)" : ""
    let exponents = ["", "", "e1", "E+2", "e-3"]
    return sign + "\(whole)" + fraction + (exponents.randomElement(using: &generator) ?? "")
  }

  /// Escapes what must be, and something of the rest.
  private static func quoted(_ content: String, _ generator: inout SeededGenerator) -> String {
    let escapes: [Unicode.Scalar: String] = [
      "\"": #"\""#, "\\": #"\\"#, "/": #"\/"#, "\n": #"\n"#, "\u{8}": #"\b"#,
    ]
    var text = "\""
    for scalar in content.unicodeScalars {
      if let escape = escapes[scalar], Bool.random(using: &generator) || scalar != "/" {
        text += escape
      } else if scalar.value < 0x20 || Int.random(in: 0..<4, using: &generator) == 0 {
        for unit in String(scalar).utf16 {
          let digits = String(unit, radix: 16, uppercase: Bool.random(using: &generator))
          text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
        }
      } else {
        text.unicodeScalars.append(scalar)
      }
    }
    return text + "\""
  }
}
