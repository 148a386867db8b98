/// The name of a channel, or a pattern for many: `room.*` is for one more part between dots, `room.>`
/// for one or more.
public struct ChannelPattern: Sendable, Hashable, CustomStringConvertible {
  /// As it was written.
  public let text: String
  /// Whether it stands for many channels.
  public let isWild: Bool

  /// Takes a name for a pattern where a whole part is `*`, or the last one `>`.
  public init(_ text: String) {
    self.text = text
    isWild = Self.isWild(text)
  }

  private init(text: String, isWild: Bool) {
    self.text = text
    self.isWild = isWild
  }

  /// The one channel of that name, whatever characters are in it.
  public static func exactly(_ channel: String) -> ChannelPattern {
    ChannelPattern(text: channel, isWild: false)
  }

  /// The parts between dots.
  public var parts: [Substring] { text.split(separator: ".", omittingEmptySubsequences: false) }

  public var description: String { text }

  /// Whether `channel` is meant.
  public func matches(_ channel: some StringProtocol) -> Bool {
    guard isWild else { return channel == text }
    var rest = channel.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)[
      ...]
    let parts = parts
    for (index, part) in parts.enumerated() {
      if part == ">" && index == parts.count - 1 { return !rest.isEmpty }
      guard let next = rest.popFirst(), part == "*" || part.utf8.elementsEqual(next) else {
        return false
      }
    }
    return rest.isEmpty
  }

  private static func isWild(_ text: String) -> Bool {
    guard text.utf8.contains(where: { $0 == UInt8(ascii: "*") || $0 == UInt8(ascii: ">") }) else {
      return false
    }
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    return parts.contains("*") || parts.last == ">"
  }
}
