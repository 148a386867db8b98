import NIOCore
import PubSub
import Testing

@testable import AppHost

@Suite("The reading of a log")
struct LogReadingTests {
  /// Reads a log whose records have these offsets, when those up to `gone` are not kept.
  private func read(
    _ offsets: [UInt64], top: UInt64, gone: UInt64
  ) -> (reading: LogReading, looks: Int, records: Int) {
    var reading = LogReading(top: Position(epoch: "E", offset: top))
    var (looks, records) = (0, 0)
    while let after = reading.next {
      looks += 1
      let isKept = after >= gone
      let missed = isKept ? offsets.filter { $0 > after } : []
      records += missed.count
      reading.read(
        Recovery(
          isRecovered: isKept, missed: missed.map(publication),
          top: Position(epoch: "E", offset: offsets.last ?? top)))
    }
    return (reading, looks, records)
  }

  private func publication(_ offset: UInt64) -> EnginePublication {
    EnginePublication(
      channel: "log", position: Position(epoch: "E", offset: offset),
      origin: EngineOrigin(node: 1, serial: offset), message: ByteBuffer())
  }

  @Test("takes one look at a log of which all is kept, and none at an empty one")
  func young() {
    let young = read([1, 2, 3], top: 3, gone: 0)
    #expect(young.looks == 1 && young.reading.after == 0 && young.reading.records.count == 3)
    let empty = read([], top: 0, gone: 0)
    #expect(empty.looks == 0 && empty.reading.after == 0)
  }

  @Test("leaves out what comes by itself")
  func late() {
    let result = read([1, 2, 3, 4, 5], top: 3, gone: 0)
    #expect(result.reading.records.compactMap(\.position?.offset) == [1, 2, 3])
  }

  @Test(
    "finds nearly all that is kept of an old log, by whatever steps offsets grow",
    arguments: [1, 7, 65_536, 1 << 40] as [UInt64])
  func old(step: UInt64) {
    let count: UInt64 = 3_000
    let offsets = (1...count).map { $0 * step }
    for kept in [0, 1, 2, 10, 100, 999, 2_999] as [UInt64] {
      let gone = (count - kept) * step
      let result = read(offsets, top: count * step, gone: gone)
      #expect(result.reading.after >= gone)
      #expect(result.reading.records.count >= Int(kept) * 3 / 4)
      #expect(result.reading.records.count <= Int(kept))
      #expect(result.records <= 8 * Int(kept) + 40)
      #expect(result.looks < 40)
    }
  }

  @Test("ends wherever a log begins and stands: fuzz")
  func fuzz() {
    Fuzz.run { generator in
      let top = UInt64.random(
        in: 0...UInt64.max >> UInt64.random(in: 0...63, using: &generator), using: &generator)
      let gone = UInt64.random(in: 0...top, using: &generator)
      let result = read([], top: top, gone: gone)
      #expect(result.looks < 50 && result.reading.after >= gone && result.reading.after <= top)
    }
  }
}
