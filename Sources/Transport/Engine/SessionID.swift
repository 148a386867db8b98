import NIOCore
import RealtimeProtocol

/// Makes session ids that cannot be guessed.
enum SessionID {
  /// Twenty URL-safe characters from fifteen random bytes.
  static func make() -> String {
    var generator = SystemRandomNumberGenerator()
    var high = generator.next()
    var low = generator.next()
    return String(unsafeUninitializedCapacity: 20) { characters in
      for index in 0..<20 {
        let bits = index < 10 ? high : low
        characters[index] = alphabet[Int(bits & 63)]
        if index < 10 { high >>= 6 } else { low >>= 6 }
      }
      return 20
    }
  }

  private static let alphabet = Array(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)
}
