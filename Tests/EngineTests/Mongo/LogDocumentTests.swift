import NIOCore
import PubSub
import Testing

@testable import PubSubMongo

@Suite struct LogDocumentTests {
  private func publication(_ serial: UInt64 = 1, size: Int = 1) -> ByteBuffer {
    EnginePublication.encode(
      ByteBuffer(repeating: 7, count: size), from: EngineOrigin(node: 1, serial: serial))
  }

  @Test("a document holds publications in runs by channel")
  func runs() throws {
    var writer = LogDocumentWriter(id: 2, mark: 9, time: 7)
    for (serial, channel) in zip(1..., ["a", "a", "", "a\u{0}b", "a"]) {
      writer.append(publication(UInt64(serial)), on: channel)
    }
    let document = try #require(LogDocument(writer.finish()))
    #expect(document.place == 2 && document.mark == 9 && document.time == 7)
    #expect(document.runs.map(\.publications.count) == [2, 1, 1, 1])
    let kept = document.kept(epoch: "e")
    #expect(kept.map(\.publication.channel) == ["a", "a", "", "a\u{0}b", "a"])
    #expect(kept.map(\.publication.origin.serial) == [1, 2, 3, 4, 5])
    #expect(kept.map(\.offset) == (1...5).map { 2 * 4_096 + $0 })
    #expect(document.live.map(\.position) == [nil, nil, nil, nil, nil])
  }

  @Test("a document is bounded by number and by size, and takes one of any size")
  func bounds() {
    var writer = LogDocumentWriter(id: 1, time: 0)
    #expect(writer.hasRoom(for: publication(size: 2 << 20), on: "a"))
    while writer.hasRoom(for: publication(), on: "a") { writer.append(publication(), on: "a") }
    #expect(writer.count == StreamPlace.mostPublications)
    writer = LogDocumentWriter(id: 1, time: 0)
    let large = publication(size: 300_000)
    while writer.hasRoom(for: large, on: "a") { writer.append(large, on: "a") }
    #expect(writer.count == 3)
  }

  @Test("a document of another program has nothing in it")
  func foreign() {
    #expect(LogDocument(BSONWriter.document { $0.append("raw", "x") }) == nil)
    let numbered = BSONWriter.document { writer in
      writer.append("_id", Int64(3))
      writer.append("runs", "none")
    }
    #expect(LogDocument(numbered)?.place == 3)
    #expect(LogDocument(numbered)?.kept(epoch: "e").isEmpty == true)
  }
}
