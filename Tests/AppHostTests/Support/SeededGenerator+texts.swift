/// Random texts and damage to them.
extension SeededGenerator {
  /// Up to `maxCount` characters, each one of `alphabet`.
  mutating func text(maxCount: Int, alphabet: String) -> String {
    let scalars = Array(alphabet.unicodeScalars)
    var text = String.UnicodeScalarView()
    for _ in 0..<Int.random(in: 0...maxCount, using: &self) {
      text.append(scalars[Int.random(in: 0..<scalars.count, using: &self)])
    }
    return String(text)
  }

  /// `bytes` with a few of them changed, added or taken away, or without its end.
  mutating func damaged(_ bytes: [UInt8], with alphabet: [UInt8]) -> [UInt8] {
    var bytes = bytes
    for _ in 0..<Int.random(in: 1...3, using: &self) {
      let place = Int.random(in: 0...bytes.count, using: &self)
      let byte = alphabet[Int.random(in: 0..<alphabet.count, using: &self)]
      switch Int.random(in: 0..<4, using: &self) {
      case 0 where place < bytes.count: bytes[place] = byte
      case 1 where place < bytes.count: bytes.remove(at: place)
      case 2: bytes.removeLast(bytes.count - place)
      default: bytes.insert(byte, at: place)
      }
    }
    return bytes
  }
}
