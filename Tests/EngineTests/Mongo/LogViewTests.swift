import NIOCore
import PubSub
import Testing

@testable import PubSubMongo

@Suite struct LogViewTests {
  private func document(_ place: Int64, _ serials: ClosedRange<UInt64>) throws -> LogDocument {
    var writer = LogDocumentWriter(id: place, mark: place, time: 0)
    for serial in serials {
      let origin = EngineOrigin(node: 1, serial: serial)
      writer.append(EnginePublication.encode(ByteBuffer(), from: origin), on: "a")
    }
    return try #require(LogDocument(writer.finish()))
  }

  private func view(after place: UInt64) -> LogView {
    var view = LogView()
    view.begin(epoch: "e", after: .init(place: place, mark: 0))
    return view
  }

  @Test("what comes twice is taken once, and the top is after all that was seen")
  func repetitions() throws {
    var view = view(after: 6)
    #expect(view.top.offset == StreamPlace.before(7))
    #expect(try view.take(document(7, 1...3)).count == 3)
    #expect(try view.take(document(7, 1...3)).isEmpty)
    #expect(try view.take(document(8, 4...4)).map(\.origin.serial) == [4])
    #expect(view.last == .init(place: 8, mark: 8) && view.tail.publications.count == 4)
    #expect(view.top.offset > view.tail.publications.last?.offset ?? .max)
  }

  @Test("a link may begin later than the last one ended, and then leaves out nothing")
  func missing() throws {
    var view = view(after: 6)
    _ = try view.take(document(7, 1...3))
    #expect(throws: PubSubError.self) { try view.take(document(9, 4...5)) }
    view.beginLink()
    _ = try view.take(document(9, 4...5))
    #expect(view.tail.start == StreamPlace.before(9) && view.tail.publications.count == 2)
  }

  @Test("a place that no offset can be made of is passed over")
  func endless() throws {
    var view = view(after: 6)
    #expect(try view.take(document(.max, 1...1)).isEmpty)
    #expect(view.next == 7)
  }
}
