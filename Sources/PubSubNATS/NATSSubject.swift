// How channels are called on a NATS server. Pure. The parts of a channel's name between dots are tokens of
// a subject; what a token cannot hold is written as % and two hexadecimal digits, an empty part as % alone.
// Names too long for a line of the protocol go by a hash, and their messages carry the name in a header.

import PubSub

/// The subjects below one prefix.
///
/// - `PREFIX.kept.EPOCH.CHANNEL` is published to, and stored by the stream;
/// - `PREFIX.out.EPOCH.CHANNEL` is where the stored publication is delivered, with its sequence;
/// - `PREFIX.out.live.CHANNEL` is for publications that are not stored.
struct NATSSubjects: Sendable {
  let prefix: String

  /// The header that carries a long name, encoded.
  static let nameHeader = "Perigee-Channel"
  /// A longer name goes by its hash: with the rest of its line it stays below the 4,096 bytes that servers
  /// and the library read.
  static let longestName = 1_024
  /// The token that long names begin with; no encoded token is like it.
  private static let longToken = "%L"
  static let live = "live"

  /// What a channel is called behind `kept.EPOCH`, `out.EPOCH` and `out.live`.
  struct Name: Sendable, Equatable {
    let text: String
    /// What goes in the header; nil for a name that its text tells.
    let header: String?
  }

  func kept(_ name: Name, epoch: String) -> String { "\(prefix).kept.\(epoch).\(name.text)" }
  func allKept(epoch: String) -> String { "\(prefix).kept.\(epoch).>" }
  func out(_ name: Name) -> String { "\(prefix).out.\(Self.live).\(name.text)" }
  func allOut(epoch: String) -> String { "\(prefix).out.\(epoch).>" }
  /// What brings all channels with long names.
  var longNames: String { "\(prefix).out.*.\(Self.longToken).>" }

  /// What brings the channels that are meant, kept or not.
  func subscription(to pattern: ChannelPattern) -> String {
    let name = pattern.isWild ? Self.encode(pattern) : Self.name(of: pattern.text).text
    return "\(prefix).out.*.\(name)"
  }

  /// The epoch in the subject that a stream stores; nil when it is not one of ours.
  func epoch(ofStored subject: String) -> String? {
    let parts = subject.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count == 4, parts[0] == prefix, parts[1] == "kept", parts[3] == ">",
      Position("\(parts[2]):0") != nil
    else { return nil }
    return String(parts[2])
  }

  /// Cuts `PREFIX.out.KIND.NAME` into kind (an epoch, or `live`) and name; nil for another subject.
  func parts(
    ofDelivered subject: UnsafeBufferPointer<UInt8>
  ) -> (kind: Substring.UTF8View, name: Slice<UnsafeBufferPointer<UInt8>>)? {
    let start = prefix.utf8.count + 5
    guard subject.count > start,
      let dot = subject[start...].firstIndex(of: UInt8(ascii: "."))
    else { return nil }
    let kind = Substring(decoding: subject[start..<dot], as: UTF8.self)
    return (kind.utf8, subject[(dot + 1)...])
  }

  // MARK: Names

  static func name(of channel: String) -> Name {
    let text = encode(channel)
    guard text.utf8.count > longestName else { return Name(text: text, header: nil) }
    return Name(text: "\(longToken).\(hash(text))", header: text)
  }

  private static func encode(_ channel: String) -> String {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(channel.utf8.count + 1)
    var isTokenEmpty = true
    for byte in channel.utf8 {
      if byte == dot {
        if isTokenEmpty { bytes.append(escape) }
        isTokenEmpty = true
        bytes.append(byte)
        continue
      }
      isTokenEmpty = false
      if isPlain(byte) {
        bytes.append(byte)
      } else {
        bytes += [escape, digit(byte >> 4), digit(byte)]
      }
    }
    if isTokenEmpty { bytes.append(escape) }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// A star stays one; what follows an arrow never matters.
  private static func encode(_ pattern: ChannelPattern) -> String {
    var tokens: [String] = []
    for part in pattern.parts {
      if part == ">" { return (tokens + [">"]).joined(separator: ".") }
      tokens.append(part == "*" ? "*" : encode(String(part)))
    }
    return tokens.joined(separator: ".")
  }

  /// The channel of an encoded name; nil for what ``name(of:)`` never makes.
  static func channel(ofName name: some Collection<UInt8>) -> String? {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(name.count)
    var rest = name[...]
    while let byte = rest.popFirst() {
      guard byte == escape else {
        bytes.append(byte)
        continue
      }
      guard let next = rest.first, next != dot else { continue }
      guard let high = value(next), let low = rest.dropFirst().first.flatMap(value) else {
        return nil
      }
      bytes.append(high << 4 | low)
      rest = rest.dropFirst(2)
    }
    return String(validating: bytes, as: UTF8.self)
  }

  private static let escape = UInt8(ascii: "%")
  private static let dot = UInt8(ascii: ".")

  /// Printable, without what subjects or JSON strings give a meaning.
  private static func isPlain(_ byte: UInt8) -> Bool {
    switch byte {
    case escape, dot, UInt8(ascii: "*"), UInt8(ascii: ">"), UInt8(ascii: "\""), UInt8(ascii: "\\"):
      false
    default: (0x21...0x7E).contains(byte)
    }
  }

  private static func digit(_ value: UInt8) -> UInt8 {
    let value = value & 15
    return value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "A") + value - 10
  }

  private static func value(_ digit: UInt8) -> UInt8? {
    switch digit {
    case 0x30...0x39: digit - 0x30
    case 0x41...0x46: digit - 0x41 + 10
    default: nil
    }
  }

  /// FNV-1a: channels that share one are told apart by the header.
  private static func hash(_ text: String) -> String {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for byte in text.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
    return String(hash, radix: 16)
  }
}
