import NIOCore
import RealtimeProtocol

/// Makes session ids that cannot be guessed.
enum SessionID {
  /// Fifteen URL-safe characters from ninety random bits: as many as a string holds in place.
  static func make() -> String {
    var generator = SystemRandomNumberGenerator()
    var high = generator.next()
    var low = generator.next()
    return String(unsafeUninitializedCapacity: 15) { characters in
      for index in 0..<15 {
        let bits = index < 10 ? high : low
        characters[index] = alphabet[Int(bits & 63)]
        if index < 10 { high >>= 6 } else { low >>= 6 }
      }
      return 15
    }
  }

  private static let alphabet = Array(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)
}
