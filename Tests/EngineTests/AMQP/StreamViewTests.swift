import NIOCore
import PubSub
import Testing

@testable import PubSubAMQP

@Suite struct StreamViewTests {
  private func record(_ serials: ClosedRange<UInt64>, epoch: String = "e") -> Record? {
    var writer = RecordWriter(epoch: epoch, time: 0)
    for serial in serials {
      let origin = EngineOrigin(node: 1, serial: serial)
      writer.append(EnginePublication.encode(ByteBuffer(), from: origin), on: "a")
    }
    return Record(writer.message)
  }

  private func view() -> StreamView {
    var view = StreamView()
    view.begin(epoch: "e")
    return view
  }

  @Test("what is in the stream twice, or comes twice, is taken once")
  func repetitions() throws {
    var view = view()
    #expect(try view.take(record(1...3), message: 7).count == 3)
    #expect(try view.take(record(1...3), message: 7).isEmpty)
    #expect(try view.take(record(2...5), message: 8).map(\.origin.serial) == [4, 5])
    #expect(view.tail.publications.count == 5)
    #expect(view.top.offset > view.tail.publications.last?.offset ?? .max)
  }

  @Test("where messages are missing, what was seen begins anew")
  func missing() throws {
    var view = view()
    _ = try view.take(record(1...3), message: 7)
    #expect(view.tail.start == StreamPlace.before(7))
    _ = try view.take(record(4...5), message: 9)
    #expect(view.tail.start == StreamPlace.before(9) && view.tail.publications.count == 2)
  }

  @Test("what was seen is bounded")
  func bounds() throws {
    var view = view()
    for message: UInt64 in 0..<12 {
      _ = try view.take(record(message * 1_000 + 1...(message + 1) * 1_000), message: message)
    }
    #expect(view.tail.publications.count == 10_000)
    #expect(view.tail.start == StreamPlace.offset(message: 1, index: 999))
  }

  @Test("a message for another stream ends the link")
  func otherStream() {
    var view = view()
    #expect(throws: PubSubError.self) { try view.take(record(1...1, epoch: "other"), message: 0) }
    #expect(throws: Never.self) { try view.take(nil, message: 1) }
  }
}
