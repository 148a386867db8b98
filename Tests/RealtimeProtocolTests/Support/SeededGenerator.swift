import NIOCore

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

  /// Up to `maxCount` bytes, each one of `alphabet`.
  mutating func bytes(maxCount: Int, alphabet: [UInt8]) -> [UInt8] {
    let count = Int.random(in: 0...maxCount, using: &self)
    return (0..<count).map { _ in alphabet[Int.random(in: 0..<alphabet.count, using: &self)] }
  }

  /// Up to `maxCount` bytes of any value.
  mutating func bytes(maxCount: Int) -> [UInt8] {
    let count = Int.random(in: 0...maxCount, using: &self)
    return (0..<count).map { _ in UInt8.random(in: 0...255, using: &self) }
  }

  /// A masking key.
  mutating func key() -> [UInt8] { (0..<4).map { _ in UInt8.random(in: 0...255, using: &self) } }

  /// `bytes` cut into pieces at random places.
  mutating func pieces(of bytes: [UInt8], maxLength: Int) -> [ByteBuffer] {
    var pieces: [ByteBuffer] = []
    var rest = bytes[...]
    while !rest.isEmpty {
      let piece = rest.prefix(Int.random(in: 1...maxLength, using: &self))
      pieces.append(ByteBuffer(bytes: piece))
      rest = rest.dropFirst(piece.count)
    }
    return pieces
  }
}
