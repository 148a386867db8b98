import Testing

@testable import PubSub

@Suite struct ChannelPatternTests {
  @Test(
    "a pattern matches as it says",
    arguments: [
      ("room.*", "room.1", true), ("room.*", "room", false), ("room.*", "room.1.2", false),
      ("room.*", "room.", true), ("room.>", "room.1", true), ("room.>", "room.1.2", true),
      ("room.>", "room", false), (">", "a", true), (">", "a.b", true), (">", "", true),
      ("*", "a", true), ("*", "a.b", false), ("*.b", "a.b", true), ("a.*.c", "a.b.c", true),
      ("a.*.c", "a.b.d", false), ("a*", "a*", true), ("a*", "ab", false), ("a.>b", "a.>b", true),
      ("a.>b", "a.x", false), (">.a", "b.a", false), ("ü.*", "ü.ß", true),
    ])
  func matching(_ pattern: String, _ channel: String, _ expected: Bool) {
    #expect(ChannelPattern(pattern).matches(channel) == expected)
  }

  @Test("an exact pattern matches its own name only, whatever is in it")
  func exact() {
    #expect(ChannelPattern.exactly("a.*").matches("a.*"))
    #expect(!ChannelPattern.exactly("a.*").matches("a.b"))
    #expect(!ChannelPattern.exactly(">").isWild)
  }

  @Test("an arrow is wild at the end only, and a name with stars inside a part is a name")
  func wildness() {
    #expect(ChannelPattern("a.>").isWild && ChannelPattern("*.a").isWild)
    #expect(!ChannelPattern(">.a").isWild && !ChannelPattern("a*").isWild)
    #expect(!ChannelPattern("").isWild && !ChannelPattern("a").isWild)
  }

  @Test("matching agrees with a search of all ways to read the pattern")
  func fuzz() {
    Fuzz.run { generator in
      let alphabet = ["a", "b", "*", ">", ".", ".", ""]
      let pattern = ChannelPattern(Self.text(of: alphabet, &generator))
      let channel = Self.text(of: ["a", "b", ".", "."], &generator)
      let expected = pattern.isWild ? Self.reads(pattern.parts, channel) : pattern.text == channel
      #expect(pattern.matches(channel) == expected, "\(pattern) \(channel)")
    }
  }

  private static func text(of parts: [String], _ generator: inout SeededGenerator) -> String {
    (0..<Int.random(in: 0...7, using: &generator))
      .map { _ in parts.randomElement(using: &generator) ?? "" }.joined()
  }

  private static func reads(_ pattern: [Substring], _ channel: String) -> Bool {
    let parts = channel.split(separator: ".", omittingEmptySubsequences: false)
    guard pattern.last == ">" else {
      return pattern.count == parts.count
        && zip(pattern, parts).allSatisfy { $0 == "*" || $0 == $1 }
    }
    let fixed = pattern.dropLast()
    return parts.count > fixed.count && zip(fixed, parts).allSatisfy { $0 == "*" || $0 == $1 }
  }
}
