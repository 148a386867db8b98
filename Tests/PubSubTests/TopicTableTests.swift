import Testing

@testable import PubSub

private final class Listener: TopicMember {
  let name: Int
  var memberships = TopicMemberships<Listener>()

  init(_ name: Int) { self.name = name }
}

@Suite("A topic table")
struct TopicTableTests {
  private let table = TopicTable<Listener>()

  private func members(_ topics: [String], except excluded: [String] = []) -> [Int] {
    var names: [Int] = []
    table.forEachMember(ofAny: topics, except: excluded) { names.append($0.name) }
    return names.sorted()
  }

  @Test("keeps a member once, however often it joins")
  func joinsOnce() {
    let listener = Listener(1)
    #expect(table.join(listener, to: "a"))
    #expect(!table.join(listener, to: "a"))
    #expect(members(["a"]) == [1])
  }

  @Test("forgets a topic with its last member")
  func forgetsEmptyTopics() {
    let listener = Listener(1)
    table.join(listener, to: "a")
    #expect(table.leave(listener, from: "a"))
    #expect(!table.leave(listener, from: "a"))
    #expect(table.count == 0)
    #expect(listener.memberships.topics.isEmpty)
  }

  @Test("visits a member of several topics once and leaves the excluded out")
  func unionWithoutRepetition() {
    let listeners = (0..<6).map(Listener.init)
    for listener in listeners { table.join(listener, to: "all") }
    for listener in listeners.prefix(3) { table.join(listener, to: "low") }
    table.join(listeners[5], to: "banned")
    #expect(members(["all", "low"]) == [0, 1, 2, 3, 4, 5])
    #expect(members(["all", "low"], except: ["banned"]) == [0, 1, 2, 3, 4])
    #expect(members(["low"], except: ["all"]).isEmpty)
    #expect(members(["nowhere"]).isEmpty)
  }

  @Test("agrees with sets of names after ten thousand random joins and departures")
  func randomOperations() {
    var random = SystemRandomNumberGenerator()
    let listeners = (0..<40).map(Listener.init)
    let topics = (0..<12).map { "topic \($0)" }
    var expected: [String: Set<Int>] = [:]
    for _ in 0..<10_000 {
      let listener = listeners.randomElement(using: &random)!
      let topic = topics.randomElement(using: &random)!
      switch Int.random(in: 0..<10, using: &random) {
      case 0..<5:
        table.join(listener, to: topic)
        expected[topic, default: []].insert(listener.name)
      case 5..<9:
        table.leave(listener, from: topic)
        expected[topic]?.remove(listener.name)
      default:
        table.leaveAll(listener)
        for name in topics { expected[name]?.remove(listener.name) }
      }
    }
    for topic in topics { #expect(Set(members([topic])) == expected[topic] ?? []) }
    #expect(table.count == expected.values.count { !$0.isEmpty })
  }
}
