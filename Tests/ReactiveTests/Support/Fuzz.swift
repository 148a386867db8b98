#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// How much is fuzzed: the environment variable `FUZZ_ITERATIONS`, or a short run.
enum Fuzz {
  static let iterations = getenv("FUZZ_ITERATIONS").flatMap { Int(String(cString: $0)) } ?? 2_000

  /// Runs `body` with one seed after another. A failure names its seed.
  static func run(_ body: (inout SeededGenerator) throws -> Void) rethrows {
    for seed in 0..<UInt64(iterations) {
      var generator = SeededGenerator(seed: seed)
      try body(&generator)
    }
  }
}

/// Random numbers that a seed determines, so that a failure can be met again.
struct SeededGenerator: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }

  /// Up to `maxCount` bytes of any value.
  mutating func bytes(maxCount: Int) -> [UInt8] {
    let count = Int.random(in: 0...maxCount, using: &self)
    return (0..<count).map { _ in UInt8.random(in: 0...255, using: &self) }
  }

  /// Up to `maxCount` of `parts`, one behind the other.
  mutating func text(of parts: [String], maxCount: Int) -> String {
    let count = Int.random(in: 0...maxCount, using: &self)
    return (0..<count).map { _ in parts.randomElement(using: &self) ?? "" }.joined()
  }

  /// `text` with stretches of it left out, doubled, or replaced by others of its bytes.
  mutating func mutation(of text: String) -> String {
    var bytes = Array(text.utf8)
    for _ in 0..<Int.random(in: 1...4, using: &self) where !bytes.isEmpty {
      let start = Int.random(in: 0..<bytes.count, using: &self)
      let end = min(bytes.count, start + Int.random(in: 1...6, using: &self))
      let from = Int.random(in: 0..<bytes.count, using: &self)
      let other = bytes[from..<min(bytes.count, from + end - start)]
      switch Int.random(in: 0..<3, using: &self) {
      case 0: bytes.removeSubrange(start..<end)
      case 1: bytes.insert(contentsOf: bytes[start..<end], at: end)
      default: bytes.replaceSubrange(start..<end, with: Array(other))
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
