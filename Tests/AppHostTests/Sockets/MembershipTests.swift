import Testing

@testable import AppHost

@Suite("A membership")
struct MembershipTests {
  @Test("covers the packets that were sent while the socket was in the topic")
  func stays() {
    var membership = Membership()
    membership.join("a", after: 2)
    #expect(!membership.held("a", at: 2) && membership.held("a", at: 3))
    membership.join("a", after: 4)
    membership.leave("a", after: 5, first: 1)
    membership.leave("a", after: 9, first: 1)
    #expect(membership.held("a", at: 5) && !membership.held("a", at: 6))
    membership.join("a", after: 7)
    #expect(membership.held("a", at: 4) && !membership.held("a", at: 7))
    #expect(membership.held("a", at: .max) && !membership.held("b", at: 3))
    #expect(membership.topics == ["a"])
  }

  @Test("forgets what no packet is left of, and what no packet was sent in")
  func forgetting() {
    var membership = Membership()
    membership.join("a", after: 0)
    membership.leave("a", after: 3, first: 1)
    membership.join("b", after: 3)
    membership.leave("b", after: 8, first: 4)
    #expect(!membership.held("a", at: 3) && membership.held("b", at: 8))
    #expect(membership.stays.count == 1)
    for _ in 0..<1_000 {
      membership.join("c", after: 8)
      membership.leave("c", after: 8, first: 4)
    }
    #expect(membership.stays.count == 1)
    #expect(membership.topics.isEmpty)
  }

  @Test("knows of each kept packet whether the socket was there: fuzz")
  func fuzzAgainstSets() {
    let topics = ["a", "b", "c"]
    Fuzz.run { generator in
      var membership = Membership()
      var present: [String] = []
      var sent: [Set<String>] = []
      var first: UInt64 = 1
      for _ in 0..<30 {
        let topic = topics.randomElement(using: &generator) ?? "a"
        let top = UInt64(sent.count)
        switch Int.random(in: 0..<5, using: &generator) {
        case 0:
          membership.join(topic, after: top)
          if !present.contains(topic) { present.append(topic) }
        case 1:
          first = UInt64.random(in: first...(top + 1), using: &generator)
          membership.leave(topic, after: top, first: first)
          present.removeAll { $0 == topic }
        default: sent.append(Set(present))
        }
        #expect(membership.topics == present)
        for number in sent.indices where UInt64(number + 1) >= first {
          for topic in topics {
            let isHeld = membership.held(topic, at: UInt64(number + 1))
            #expect(isHeld == sent[number].contains(topic))
          }
        }
      }
    }
  }
}
