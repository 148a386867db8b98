import Testing

@testable import PubSub

@Suite("A position")
struct PositionTests {
  @Test(
    "is read back from its text",
    arguments: [("AbCdEfGh", 0), ("-_09azAZ", 1), ("x", UInt64.max)] as [(String, UInt64)])
  func text(epoch: String, offset: UInt64) throws {
    let position = Position(epoch: epoch, offset: offset)
    #expect(position.description == "\(epoch):\(offset)")
    #expect(Position(position.description) == position)
  }

  @Test(
    "is nothing else than an epoch, a colon and digits",
    arguments: [
      "", ":", ":1", "a:", "a", "a:b", "a:-1", "a:+1", "a: 1", "a:1 ", "a:1:2", "a b:1", "é:1",
      "a\n:1", "a:18446744073709551616", "a:٣", String(repeating: "a", count: 33) + ":1",
    ])
  func malformed(text: String) {
    #expect(Position(text) == nil)
  }

  @Test("has epochs of eight characters that are safe in a URL, new each time")
  func epochs() {
    let epochs = (0..<1000).map { _ in Position.makeEpoch() }
    #expect(Set(epochs).count == epochs.count)
    for epoch in epochs {
      #expect(epoch.utf8.count == 8)
      #expect(Position("\(epoch):1")?.epoch == epoch)
    }
  }

  @Test("any text is read or refused, and what is read is written the same: fuzz")
  func fuzzTexts() {
    let alphabet = Array("aZ09-_:: \n%,".utf8) + [0xC3, 0xA9]
    Fuzz.run { generator in
      let text = String(
        decoding: generator.bytes(maxCount: 12, alphabet: alphabet), as: UTF8.self)
      guard let position = Position(text) else { return }
      #expect(Position(position.description) == position)
      #expect(!position.description.contains { $0.isWhitespace || $0 == "," })
    }
  }
}
