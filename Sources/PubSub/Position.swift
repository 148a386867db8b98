/// A place in a channel's stream of publications, the same on every wire.
///
/// Its text is `EPOCH:OFFSET`: the epoch says which stream is meant and changes when the stream is
/// lost, the offset counts its publications from 1; 0 is before the first.
public struct Position: Sendable, Hashable, CustomStringConvertible {
  /// Eight URL-safe characters.
  public let epoch: String
  public let offset: UInt64

  public init(epoch: String, offset: UInt64) {
    self.epoch = epoch
    self.offset = offset
  }

  /// Reads `EPOCH:OFFSET`; nil when it is not of that form.
  public init?(_ text: some StringProtocol) {
    let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2, (1...32).contains(parts[0].utf8.count),
      parts[0].utf8.allSatisfy(Self.isURLSafe), parts[1].utf8.allSatisfy({ $0 >= 48 && $0 <= 57 }),
      let offset = UInt64(parts[1])
    else { return nil }
    self.init(epoch: String(parts[0]), offset: offset)
  }

  public var description: String { "\(epoch):\(offset)" }

  /// A fresh random epoch.
  public static func makeEpoch() -> String {
    var random = SystemRandomNumberGenerator()
    var bits = random.next()
    return String(unsafeUninitializedCapacity: 8) { characters in
      for index in 0..<8 {
        characters[index] = alphabet[Int(bits & 63)]
        bits >>= 6
      }
      return 8
    }
  }

  private static func isURLSafe(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x5F: true
    default: false
    }
  }

  private static let alphabet = Array(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)
}
