/// Numbers as JavaScript writes them.
enum NumberText {
  /// String(number).
  static func text(_ number: Double) -> String {
    var bytes: [UInt8] = []
    append(number, to: &bytes)
    return String(decoding: bytes, as: UTF8.self)
  }

  /// Appends String(number).
  static func append(_ number: Double, to bytes: inout [UInt8]) {
    if number.magnitude < 1e15, number.rounded(.towardZero) == number {
      bytes.append(contentsOf: String(Int(number)).utf8)
    } else if number.isNaN {
      bytes.append(contentsOf: "NaN".utf8)
    } else {
      if number < 0 { bytes.append(UInt8(ascii: "-")) }
      if number.isInfinite {
        bytes.append(contentsOf: "Infinity".utf8)
      } else {
        appendDecimal(number.magnitude, to: &bytes)
      }
    }
  }

  /// Appends a positive number by the rules of ECMAScript's Number::toString.
  private static func appendDecimal(_ number: Double, to bytes: inout [UInt8]) {
    let (digits, point) = shortestDigits(number)
    let zero = UInt8(ascii: "0")
    switch point {
    case digits.count...21:
      bytes.append(contentsOf: digits)
      bytes.append(contentsOf: repeatElement(zero, count: point - digits.count))
    case 1...21:
      bytes.append(contentsOf: digits[..<point])
      bytes.append(UInt8(ascii: "."))
      bytes.append(contentsOf: digits[point...])
    case -5...0:
      bytes.append(contentsOf: "0.".utf8)
      bytes.append(contentsOf: repeatElement(zero, count: -point))
      bytes.append(contentsOf: digits)
    default:
      bytes.append(digits[0])
      if digits.count > 1 {
        bytes.append(UInt8(ascii: "."))
        bytes.append(contentsOf: digits[1...])
      }
      bytes.append(contentsOf: (point > 0 ? "e+" : "e-").utf8)
      bytes.append(contentsOf: String((point - 1).magnitude).utf8)
    }
  }

  /// The fewest digits that read back as `number`, and where its decimal point stands among them.
  private static func shortestDigits(_ number: Double) -> (digits: [UInt8], point: Int) {
    let parts = number.description.utf8.split(separator: UInt8(ascii: "e"))
    let exponent = parts.count > 1 ? Int(String(Substring(parts[1]))) ?? 0 : 0
    let mantissa = parts[0].split(separator: UInt8(ascii: "."))
    var digits = mantissa.flatMap(Array.init)
    var point = mantissa[0].count + exponent
    let leadingZeros = digits.prefix { $0 == UInt8(ascii: "0") }.count
    digits.removeFirst(min(leadingZeros, digits.count - 1))
    point -= leadingZeros
    while digits.count > 1, digits.last == UInt8(ascii: "0") { digits.removeLast() }
    return (digits, point)
  }

  /// number.toFixed(places): exact, halves away from zero. Nil when `places` is not 0...100.
  static func fixed(_ number: Double, places: Int) -> String? {
    guard (0...100).contains(places) else { return nil }
    guard number.magnitude < 1e21 else { return text(number) }
    var scaled = BigNatural(number.magnitude.significandWithHiddenBit)
    for _ in 0..<places { scaled.multiply(by: 10) }
    scaled.shiftRounding(by: number.magnitude.binaryExponent)
    var digits = scaled.decimalDigits
    if digits.count <= places {
      digits.insert(
        contentsOf: repeatElement(UInt8(ascii: "0"), count: places + 1 - digits.count), at: 0)
    }
    if places > 0 { digits.insert(UInt8(ascii: "."), at: digits.count - places) }
    let text = String(decoding: digits, as: UTF8.self)
    return number < 0 ? "-" + text : text
  }
}

extension Double {
  /// The 53 bits that, times two to `binaryExponent`, are a positive finite number.
  fileprivate var significandWithHiddenBit: UInt64 {
    exponentBitPattern == 0 ? significandBitPattern : significandBitPattern | 1 << 52
  }

  fileprivate var binaryExponent: Int { Int(max(exponentBitPattern, 1)) - 1075 }
}

/// A natural number of any size, as far as toFixed needs one.
private struct BigNatural {
  /// Base 2^32, least significant first.
  private var words: [UInt32]

  init(_ number: UInt64) {
    words = [UInt32(truncatingIfNeeded: number), UInt32(truncatingIfNeeded: number >> 32)]
  }

  mutating func multiply(by factor: UInt32) {
    var carry: UInt64 = 0
    for index in words.indices {
      let product = UInt64(words[index]) * UInt64(factor) + carry
      words[index] = UInt32(truncatingIfNeeded: product)
      carry = product >> 32
    }
    if carry > 0 { words.append(UInt32(carry)) }
  }

  /// Times two to the power of `exponent`; halves are rounded up.
  mutating func shiftRounding(by exponent: Int) {
    if exponent >= 0 {
      for _ in 0..<exponent { multiply(by: 2) }
      return
    }
    let (dropped, bits) = (-exponent / 32, UInt64(-exponent % 32))
    let halfBit = -exponent - 1
    let roundsUp = halfBit / 32 < words.count && words[halfBit / 32] >> (halfBit % 32) & 1 == 1
    var shifted: [UInt32] = []
    for index in stride(from: dropped, to: words.count, by: 1) {
      let high = index + 1 < words.count ? UInt64(words[index + 1]) : 0
      shifted.append(UInt32(truncatingIfNeeded: (high << 32 | UInt64(words[index])) >> bits))
    }
    words = shifted.isEmpty ? [0] : shifted
    if roundsUp { increment() }
  }

  private mutating func increment() {
    for index in words.indices {
      words[index] &+= 1
      if words[index] != 0 { return }
    }
    words.append(1)
  }

  var decimalDigits: [UInt8] {
    var rest = words
    var digits: [UInt8] = []
    while rest.contains(where: { $0 != 0 }) {
      var remainder: UInt64 = 0
      for index in rest.indices.reversed() {
        let part = remainder << 32 | UInt64(rest[index])
        rest[index] = UInt32(part / 10)
        remainder = part % 10
      }
      digits.append(UInt8(ascii: "0") + UInt8(remainder))
    }
    return digits.isEmpty ? [UInt8(ascii: "0")] : digits.reversed()
  }
}
