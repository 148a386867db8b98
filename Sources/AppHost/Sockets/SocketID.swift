/// The ids by which clients know their sockets: ninety random bits as fifteen characters that are safe
/// in a URL, as many as a string holds in place.
enum SocketID {
  private static let alphabet = Array(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)

  static func make() -> String {
    var random = SystemRandomNumberGenerator()
    var low = random.next()
    var high = random.next()
    return String(unsafeUninitializedCapacity: 15) { characters in
      for index in 0..<15 {
        characters[index] = alphabet[Int(low & 63)]
        low = low >> 6 | (high & 63) << 58
        high >>= 6
      }
      return 15
    }
  }
}
