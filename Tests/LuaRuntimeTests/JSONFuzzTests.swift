import Foundation
import LuaRuntime
import Testing

@Suite struct JSONFuzzTests {
  /// A small generator with a seed, so that a failure can be had again.
  struct Seeded: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
      state &+= 0x9E37_79B9_7F4A_7C15
      var z = state
      z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
      z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
      return z ^ (z >> 31)
    }
  }

  private static let texts = [
    "", "a", "é", "😀", "\"", "\\", "\n", "\u{1}", "漢字", "_placeholder", "num",
    "long text without end ",
    "x\u{7F}", "\u{2028}",
  ]

  private func text(_ random: inout Seeded) -> String {
    (0..<Int.random(in: 0...4, using: &random)).map { _ in
      Self.texts.randomElement(using: &random) ?? ""
    }.joined()
  }

  private func value(depth: Int, _ random: inout Seeded) -> Any {
    switch Int.random(in: 0...(depth > 0 ? 7 : 5), using: &random) {
    case 0: return NSNull()
    case 1: return Bool.random(using: &random)
    case 2: return Int.random(in: -1_000_000...1_000_000, using: &random)
    case 3: return Int(truncatingIfNeeded: random.next())
    case 4:
      let double = Double(bitPattern: random.next())
      return double.isFinite ? double : Double.random(in: -1...1, using: &random)
    case 5: return text(&random)
    case 6:
      return (0..<Int.random(in: 0...40, using: &random)).map { _ in
        value(depth: depth - 1, &random)
      }
    default:
      var object: [String: Any] = [:]
      for _ in 0..<Int.random(in: 0...40, using: &random) {
        object[text(&random)] = value(depth: depth - 1, &random)
      }
      return object
    }
  }

  /// The first place where the two differ.
  private func difference(_ a: Any, _ b: Any, at path: String = "") -> String? {
    switch (a, b) {
    case (let a as [Any], let b as [Any]) where a.count == b.count:
      for (index, pair) in zip(a, b).enumerated() {
        if let found = difference(pair.0, pair.1, at: "\(path)[\(index)]") { return found }
      }
      return nil
    case (let a as [String: Any], let b as [String: Any]) where a.count == b.count:
      for (key, value) in a {
        guard let other = b[key] else { return "\(path) lacks \(key.debugDescription)" }
        if let found = difference(value, other, at: "\(path).\(key)") { return found }
      }
      return nil
    case (is NSNumber, is NSNumber)
    where "\(a)" == "\(b)" || Double("\(a)") == Double("\(b)") && Double("\(a)") != nil:
      return nil
    case (let a as NSObject, let b as NSObject) where a == b: return nil
    default: return "\(path): \(a) became \(b)"
    }
  }

  @Test func `random values come back equal`() throws {
    var random = Seeded(state: 1)
    let app = try App(
      "function on_x(self, v) return v end", limits: LuaLimits(eventTime: .seconds(5)))
    for _ in 0..<(fuzzIterations / 10) {
      let value = [value(depth: 3, &random)]
      let data = try JSONSerialization.data(withJSONObject: ["x"] + value)
      let told = app.send(Array(data), ack: 1)
      let back = try #require(told.first { $0.kind == .ack }?.body, "\(told)")
      // JSON null as an argument is nil, which comes back as null; all else as it was.
      let parsed = try JSONSerialization.jsonObject(with: Data(back.utf8))
      let found = difference(value, parsed)
      #expect(found == nil)
    }
  }

  @Test func `damaged texts are answered or refused, never more`() throws {
    var random = Seeded(state: 2)
    let app = try App(
      "function on_x(self, ...) return ... end", limits: LuaLimits(eventTime: .seconds(5)))
    let interesting =
      Array("{}[]\",:\\u0-9.eE+truefalsn_ \u{0}\u{7F}".utf8) + [0x80, 0xC3, 0xFF, 0xED]
    for _ in 0..<fuzzIterations {
      let object: [Any] = ["x", value(depth: 2, &random)]
      var bytes = Array(try JSONSerialization.data(withJSONObject: object))
      for _ in 0..<Int.random(in: 1...4, using: &random) {
        let index = Int.random(in: 0..<bytes.count, using: &random)
        switch Int.random(in: 0...2, using: &random) {
        case 0: bytes[index] = interesting.randomElement(using: &random) ?? 0
        case 1: bytes.insert(interesting.randomElement(using: &random) ?? 0, at: index)
        default: if bytes.count > 1 { bytes.remove(at: index) }
        }
      }
      let kinds = app.send(bytes, ack: 1).map(\.kind)
      #expect(
        kinds.count == 1 && [.ack, .violation, .emit].contains(kinds[0])
          || kinds == [.failure, .emit])
    }
    #expect(app.ask(#"["x",1]"#) == "1")
  }
}
