import PubSub
import Testing

@testable import PubSubNATS

@Suite struct NATSSubjectTests {
  private static let subjects = NATSSubjects(prefix: "p")

  @Test(
    "every name is a subject and comes back as it was",
    arguments: [
      "room", "room.1", "", ".", "..", "a..b", ".a", "a.", "a b", "*", ">", "a.>", "%", "%41", "%L",
      "ü.ß", "tab\t", "null\u{0}", "\"quoted\\\"", "$SYS.x", "/chat\u{0}croom-1",
      String(repeating: "x", count: 1_024), String(repeating: "é.", count: 2_000),
    ])
  func roundTrip(_ channel: String) {
    let name = NATSSubjects.name(of: channel)
    let tokens = name.text.utf8.split(separator: 0x2E, omittingEmptySubsequences: false)
    #expect(tokens.allSatisfy { !$0.isEmpty && !$0.elementsEqual("*".utf8) })
    #expect(name.text.utf8.allSatisfy { (0x21...0x7E).contains($0) && $0 != 0x3E && $0 != 0x22 })
    #expect(name.text.utf8.count <= NATSSubjects.longestName)
    #expect(NATSSubjects.channel(ofName: (name.header ?? name.text).utf8) == channel)
  }

  @Test("plain names stay readable, patterns stay patterns")
  func readable() {
    let subjects = Self.subjects
    #expect(NATSSubjects.name(of: "room.1-a_b").text == "room.1-a_b")
    #expect(subjects.subscription(to: ChannelPattern("room.*.x y")) == "p.out.*.room.*.x%20y")
    #expect(subjects.subscription(to: ChannelPattern("room.>")) == "p.out.*.room.>")
    #expect(subjects.subscription(to: .exactly("room.>")) == "p.out.*.room.%3E")
  }

  @Test("different names have different subjects")
  func distinct() {
    let long = String(repeating: "long ", count: 500)
    let names = ["", "%", "a.", "a.%", "a", "a.b", long, long + "1"]
    #expect(Set(names.map { NATSSubjects.name(of: $0).text }).count == names.count)
  }

  @Test("what no node has written is no name", arguments: ["%4", "%ZZ", "%FF", "a%4", "%4a"])
  func foreign(_ name: String) {
    #expect(NATSSubjects.channel(ofName: name.utf8) == nil)
  }

  @Test("a stream's subject tells the epoch, if it is one of ours")
  func epoch() {
    let subjects = Self.subjects
    #expect(subjects.epoch(ofStored: subjects.allKept(epoch: "abcd-_12")) == "abcd-_12")
    for other in ["p.kept.>", "p.kept.a b.>", "q.kept.abc.>", "p.kept.abc.x", "p.out.abc.>", ""] {
      #expect(subjects.epoch(ofStored: other) == nil)
    }
  }
}
