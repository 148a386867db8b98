import Testing

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
