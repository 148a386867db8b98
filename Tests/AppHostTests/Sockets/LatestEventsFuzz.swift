import Testing

@testable import AppHost

@Suite struct LatestEventsFuzz {
  @Test("whatever comes and goes, the newest of each key waits, in the order of the keys")
  func model() {
    Fuzz.run { generator in
      var events = LatestEvents<Int, Int>()
      var model: [(key: Int, event: Int, bytes: Int)] = []
      for step in 0..<60 {
        let key = Int.random(in: 0..<8, using: &generator)
        switch Int.random(in: 0..<20, using: &generator) {
        case 0..<12:
          let bytes = Int.random(in: 0..<100, using: &generator)
          events.put(step, for: key, bytes: bytes)
          if let index = model.firstIndex(where: { $0.key == key }) {
            model[index] = (key, step, bytes)
          } else {
            model.append((key, step, bytes))
          }
        case 12..<19:
          #expect(events.popFirst() == (model.isEmpty ? nil : model.removeFirst().event))
        default:
          #expect(
            events.removeAll { $0 < key } == model.filter { $0.key < key }.map(\.event))
          model.removeAll { $0.key < key }
        }
        #expect(events.count == model.count && events.isEmpty == model.isEmpty)
        #expect(events.bytes == model.map(\.bytes).reduce(0, +))
        #expect(events.bytes(of: key) == model.first { $0.key == key }?.bytes)
      }
    }
  }
}
