import Testing

@testable import AppHost

@Suite("A host rule")
struct HostRuleTests {
  @Test("allows everything when it is empty")
  func empty() {
    #expect(HostRule([]).allows("anything"))
    #expect(HostRule([]).allows(nil))
  }

  @Test(
    "compares names without ports and case",
    arguments: [
      ("chat.example", true), ("CHAT.example:8080", true), ("[::1]:80", true), ("[::1]", true),
      ("chat.example.evil", false), ("", false), ("[::2]:80", false),
    ])
  func names(header: String, allowed: Bool) {
    #expect(HostRule(["Chat.Example", "[::1]"]).allows(header) == allowed)
    #expect(!HostRule(["a"]).allows(nil))
  }
}

@Suite("A socket id")
struct SocketIDTests {
  @Test("is fifteen characters that are safe in a URL, and new each time")
  func shape() {
    let ids = (0..<1000).map { _ in SocketID.make() }
    #expect(Set(ids).count == ids.count)
    for id in ids {
      #expect(id.utf8.count == 15)
      #expect(id.allSatisfy { $0.isLetter || $0.isNumber || $0 == "-" || $0 == "_" })
    }
  }
}
