// Channels as routing keys. Plain names stay as they are; what means something to the server, and what
// is not printed, is written as `%2A`. A name that is too long for a key goes by a hash, below a word of its
// own that whoever subscribes to a pattern subscribes to as well.

import PubSub

/// How channels and patterns are written for a topic exchange.
enum RoutingKey {
  private static let longest = 255
  private static let longWord = "%long"
  /// The channel without a name; no other begins so, as two digits always follow a `%`.
  private static let emptyWord = "%"

  /// Where publications of a channel go.
  static func key(of channel: String) -> String {
    guard !channel.isEmpty else { return emptyWord }
    let key = encode(channel)
    return key.utf8.count <= longest ? key : "\(longWord).\(hash(channel))"
  }

  /// What a subscriber binds to; it may bring more than is meant.
  static func bindings(of pattern: ChannelPattern) -> [String] {
    guard pattern.isWild else { return [key(of: pattern.text)] }
    let parts = pattern.parts
    let words = parts.enumerated().map { index, part in
      if part == ">" && index == parts.count - 1 { return "#" }
      return part == "*" ? "*" : encode(part)
    }
    let binding = words.joined(separator: ".")
    guard binding.utf8.count <= longest else { return ["#"] }
    return [binding, "\(longWord).*"]
  }

  private static func encode(_ text: some StringProtocol) -> String {
    guard text.utf8.contains(where: isSpecial) else { return String(text) }
    var bytes: [UInt8] = []
    for byte in text.utf8 {
      guard isSpecial(byte) else {
        bytes.append(byte)
        continue
      }
      bytes.append(UInt8(ascii: "%"))
      bytes.append(digits[Int(byte >> 4)])
      bytes.append(digits[Int(byte & 15)])
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  private static let digits = Array("0123456789ABCDEF".utf8)

  private static func isSpecial(_ byte: UInt8) -> Bool {
    byte <= 0x20 || byte == 0x7F || byte == UInt8(ascii: "%") || byte == UInt8(ascii: "*")
      || byte == UInt8(ascii: "#")
  }

  /// FNV-1a of 64 bits. Names that share one only share a key: each publication says its channel.
  private static func hash(_ text: String) -> String {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for byte in text.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
    return String(hash, radix: 16)
  }
}
