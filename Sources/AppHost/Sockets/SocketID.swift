/// The ids by which clients know their sockets: fifteen random bytes as twenty characters that are
/// safe in a URL, as the official server makes them.
enum SocketID {
  private static let alphabet = Array(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)

  static func make() -> String {
    var random = SystemRandomNumberGenerator()
    var low = random.next()
    var high = random.next()
    return String(unsafeUninitializedCapacity: 20) { characters in
      for index in 0..<20 {
        characters[index] = alphabet[Int(low & 63)]
        low = low >> 6 | (high & 63) << 58
        high >>= 6
      }
      return 20
    }
  }
}
