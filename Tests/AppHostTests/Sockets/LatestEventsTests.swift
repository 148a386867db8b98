import Testing

@testable import AppHost

@Suite("The latest events")
struct LatestEventsTests {
  private typealias Events = LatestEvents<String, Int>

  private func all(_ events: Events) -> [Int] {
    var events = events
    var all: [Int] = []
    while let event = events.popFirst() { all.append(event) }
    return all
  }

  @Test("of a key take the place of what waits")
  func replaced() {
    var events = Events()
    events.put(1, for: "a", bytes: 10)
    events.put(2, for: "b", bytes: 20)
    events.put(3, for: "a", bytes: 5)
    #expect(events.count == 2 && events.bytes == 25)
    #expect(events.bytes(of: "a") == 5 && events.bytes(of: "c") == nil)
    #expect(all(events) == [3, 2])
  }

  @Test("go behind the others when their key has been taken")
  func again() {
    var events = Events()
    events.put(1, for: "a", bytes: 1)
    events.put(2, for: "b", bytes: 1)
    #expect(events.popFirst() == 1)
    events.put(3, for: "a", bytes: 1)
    #expect(all(events) == [2, 3])
  }

  @Test("of some keys can be taken alone")
  func taken() {
    var events = Events()
    for (index, key) in ["a1", "b1", "a2", "b2"].enumerated() {
      events.put(index, for: key, bytes: 1 << index)
    }
    #expect(events.removeAll { $0.hasPrefix("a") } == [0, 2])
    #expect(events.bytes == 0b1010 && events.count == 2)
    #expect(all(events) == [1, 3])
  }

  @Test("are none at first")
  func none() {
    var events = Events()
    #expect(events.isEmpty && events.bytes == 0 && events.popFirst() == nil)
    #expect(events.removeAll { _ in true } == [])
  }
}
