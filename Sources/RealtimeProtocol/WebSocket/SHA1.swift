// SHA-1 (RFC 3174) for the two places that ask for it by name or need a short fingerprint:
// Sec-WebSocket-Accept and entity tags. It protects nothing.

/// The SHA-1 digest of bytes.
public enum SHA1 {
  /// The 20 bytes of the digest.
  public static func digest(_ message: some Collection<UInt8>) -> [UInt8] {
    var state: [UInt32] = [0x6745_2301, 0xEFCD_AB89, 0x98BA_DCFE, 0x1032_5476, 0xC3D2_E1F0]
    var block: [UInt8] = []
    block.reserveCapacity(64)
    for byte in message {
      block.append(byte)
      if block.count == 64 {
        absorb(block, into: &state)
        block.removeAll(keepingCapacity: true)
      }
    }
    block.append(0x80)
    if block.count > 56 {
      block.append(contentsOf: repeatElement(0, count: 64 - block.count))
      absorb(block, into: &state)
      block.removeAll(keepingCapacity: true)
    }
    block.append(contentsOf: repeatElement(0, count: 56 - block.count))
    let bits = UInt64(message.count) * 8
    for shift in stride(from: 56, through: 0, by: -8) {
      block.append(UInt8(truncatingIfNeeded: bits >> UInt64(shift)))
    }
    absorb(block, into: &state)
    return state.flatMap { word in
      stride(from: 24, through: 0, by: -8).map { UInt8(truncatingIfNeeded: word >> UInt32($0)) }
    }
  }

  private static func absorb(_ block: [UInt8], into state: inout [UInt32]) {
    let words = schedule(block)
    var (a, b, c, d, e) = (state[0], state[1], state[2], state[3], state[4])
    for round in 0..<80 {
      let mixed: UInt32
      switch round {
      case 0..<20: mixed = ((b & c) | (~b & d)) &+ 0x5A82_7999
      case 20..<40: mixed = (b ^ c ^ d) &+ 0x6ED9_EBA1
      case 40..<60: mixed = ((b & c) | (b & d) | (c & d)) &+ 0x8F1B_BCDC
      default: mixed = (b ^ c ^ d) &+ 0xCA62_C1D6
      }
      let next = rotate(a, 5) &+ mixed &+ e &+ words[round]
      (a, b, c, d, e) = (next, a, rotate(b, 30), c, d)
    }
    for (index, word) in [a, b, c, d, e].enumerated() { state[index] &+= word }
  }

  private static func schedule(_ block: [UInt8]) -> [UInt32] {
    var words = [UInt32](repeating: 0, count: 80)
    for index in 0..<16 {
      words[index] = block[index * 4..<index * 4 + 4].reduce(0) { $0 << 8 | UInt32($1) }
    }
    for index in 16..<80 {
      let mixed = words[index - 3] ^ words[index - 8] ^ words[index - 14] ^ words[index - 16]
      words[index] = rotate(mixed, 1)
    }
    return words
  }

  private static func rotate(_ word: UInt32, _ count: UInt32) -> UInt32 {
    word << count | word >> (32 - count)
  }
}
