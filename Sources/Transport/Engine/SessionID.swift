import NIOCore
import RealtimeProtocol

/// Makes session ids that cannot be guessed, and tells whose session an id is.
enum SessionID {
  /// What one node's ids begin with, in characters: its 64 bits.
  private static let markLength = 11
  private static let secretLength = 15

  /// Fifteen URL-safe characters from ninety random bits: as many as a string holds in place.
  static func make() -> String {
    String(unsafeUninitializedCapacity: secretLength) { characters in
      writeSecret(to: characters[...])
      return secretLength
    }
  }

  /// The same behind eleven characters that name a node, which everybody may read.
  static func make(on node: UInt64) -> String {
    String(unsafeUninitializedCapacity: markLength + secretLength) { characters in
      for index in 0..<markLength {
        characters[index] = alphabet[Int(node >> UInt64(6 * index) & 63)]
      }
      writeSecret(to: characters[markLength...])
      return markLength + secretLength
    }
  }

  /// The node that an id names; nil for one that names none.
  static func node(of id: String) -> UInt64? {
    guard id.utf8.count == markLength + secretLength else { return nil }
    var node: UInt64 = 0
    for (index, character) in id.utf8.prefix(markLength).enumerated() {
      guard let bits = alphabet.firstIndex(of: character), index < markLength - 1 || bits < 16
      else { return nil }
      node |= UInt64(bits) << UInt64(6 * index)
    }
    return node
  }

  private static func writeSecret(to characters: Slice<UnsafeMutableBufferPointer<UInt8>>) {
    var generator = SystemRandomNumberGenerator()
    var high = generator.next()
    var low = generator.next()
    var characters = characters
    for (number, index) in characters.indices.enumerated() {
      let bits = number < 10 ? high : low
      characters[index] = alphabet[Int(bits & 63)]
      if number < 10 { high >>= 6 } else { low >>= 6 }
    }
  }

  private static let alphabet = Array(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)
}
