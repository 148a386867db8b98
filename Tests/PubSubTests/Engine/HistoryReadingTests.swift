import NIOCore
import PubSub
import Testing

@Suite struct HistoryReadingTests {
  private func position(_ offset: UInt64) -> Position { Position(epoch: "e", offset: offset) }

  private func kept(_ offset: UInt64, on channel: String, time: Int64 = 0) -> KeptPublication {
    KeptPublication(
      publication: EnginePublication(
        channel: channel, position: position(offset),
        origin: EngineOrigin(node: 1, serial: offset), message: ByteBuffer(string: "\(offset)")),
      offset: offset, time: time)
  }

  /// Reads the offsets 1 to 9, which are on `odd` and `even`, each at its time.
  private func answers(
    _ requests: [EngineRecoveryRequest], top: UInt64 = 10, now: Int64 = 10, goneUpTo: UInt64 = 0
  ) -> [[UInt64]?] {
    var reading = HistoryReading(requests, top: position(top), now: now)
    reading.nothing(upTo: goneUpTo)
    for offset in 1...9 where UInt64(offset) > goneUpTo {
      let channel = offset % 2 == 0 ? "even" : "odd"
      reading.take(kept(UInt64(offset), on: channel, time: Int64(offset)))
      reading.take(kept(UInt64(offset), on: channel, time: Int64(offset)))
    }
    return reading.recoveries.map {
      $0.isRecovered ? $0.missed.compactMap { $0.position?.offset } : nil
    }
  }

  private func request(
    _ channel: String, _ since: UInt64?, _ limits: HistoryLimits? = nil
  ) -> EngineRecoveryRequest {
    EngineRecoveryRequest(channel: channel, since: since.map(position), limits: limits)
  }

  @Test("one reading answers many requests, each once and in order")
  func many() {
    let requests = [
      request("odd", 3), request("even", 0), request("odd", 10), request("odd", nil),
      request("none", 0), request("odd", 3),
    ]
    #expect(answers(requests) == [[5, 7, 9], [2, 4, 6, 8], [], [], [], [5, 7, 9]])
    #expect(HistoryReading(requests, top: position(10), now: 0).start == 0)
    let latest = [request("odd", 10), request("odd", nil)]
    #expect(HistoryReading(latest, top: position(10), now: 0).start == nil)
  }

  @Test("what is gone is not recovered by those who miss it")
  func gone() {
    #expect(answers([request("odd", 3), request("odd", 4)], goneUpTo: 4) == [nil, [5, 7, 9]])
  }

  @Test("positions ahead, or of another stream, are not recovered")
  func foreign() {
    let other = EngineRecoveryRequest(
      channel: "odd", since: Position(epoch: "other", offset: 3), limits: nil)
    #expect(answers([other, request("odd", 11)]) == [nil, nil])
  }

  @Test("limits hold by number and by age")
  func limits() {
    let few = HistoryLimits(messages: 2, age: .hours(1))
    let brief = HistoryLimits(messages: 100, age: .milliseconds(4))
    let requests = [
      request("odd", 4, few), request("odd", 5, few), request("odd", 5, brief),
      request("odd", 6, brief),
    ]
    #expect(answers(requests) == [nil, [7, 9], [7, 9], [7, 9]])
    #expect(answers([request("odd", 4, brief)]) == [nil])
  }
}
