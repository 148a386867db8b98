import PubSub
import Testing

@testable import PubSubMongo

@Suite struct OwnPlacesTests {
  private func position(_ offset: UInt64) -> Position { Position(epoch: "e", offset: offset) }

  @Test("what was not answered is found again, what was is forgotten")
  func places() {
    var own = OwnPlaces()
    for serial: UInt64 in 1...3 { own.note(serial, at: position(serial)) }
    own.answered(upTo: 2)
    #expect(own.position(of: 2) == nil && own.position(of: 3) == position(3))
    own.note(1, at: position(1))
    #expect(own.position(of: 1) == nil && !own.isEmpty)
    own.forget()
    #expect(own.isEmpty)
  }
}
