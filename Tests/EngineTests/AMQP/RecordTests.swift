import NIOCore
import PubSub
import Testing

@testable import PubSubAMQP

@Suite struct RecordTests {
  @Test("a message holds publications in runs by channel")
  func runs() throws {
    var writer = RecordWriter(epoch: "epoch", time: 7)
    let origins = (1...4).map { EngineOrigin(node: 1, serial: UInt64($0)) }
    for (origin, channel) in zip(origins, ["a", "a", "", "a"]) {
      let bytes = EnginePublication.encode(ByteBuffer(string: "\(origin.serial)"), from: origin)
      writer.append(bytes, on: channel)
    }
    let record = try #require(Record(writer.message))
    #expect(record.epoch == "epoch" && record.time == 7 && record.number == nil)
    let kept = record.kept(in: 2)
    #expect(kept.map(\.publication.channel) == ["a", "a", "", "a"])
    #expect(kept.map(\.publication.origin) == origins)
    #expect(kept.map(\.offset) == [1, 2, 3, 4].map { 2 * 4_096 + $0 })
  }

  @Test("what was cut off anywhere is read as far as it goes")
  func cut() {
    var writer = RecordWriter(epoch: "e", time: 7)
    let origin = EngineOrigin(node: 1, serial: 1)
    writer.append(EnginePublication.encode(ByteBuffer(string: "text"), from: origin), on: "a")
    let whole = writer.message
    for length in 0..<whole.readableBytes {
      let part = whole.getSlice(at: 0, length: length)
      #expect(part.flatMap { Record($0) }?.kept(in: 0).isEmpty ?? true)
    }
  }
}
