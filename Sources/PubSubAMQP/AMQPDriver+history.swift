// Reading histories: many requests are answered by one look at what this node has seen, and at most one
// into the stream.

import NIOCore
import PubSub

extension AMQPDriver {
  func recover(
    _ requests: [EngineRecoveryRequest]
  ) throws(PubSubError) -> [Result<Recovery<EnginePublication>, PubSubError>] {
    let top = try findTop()
    let tail = view.tail
    var reading = HistoryReading(requests, top: top, now: Self.milliseconds)
    if let start = reading.start {
      if start < tail.start { try read(after: start, upTo: tail.start, into: &reading) }
      for kept in tail.publications where kept.offset > start { reading.take(kept) }
    }
    return reading.recoveries.map { .success($0) }
  }

  private func read(
    after start: UInt64, upTo end: UInt64, into reading: inout HistoryReading
  ) throws(PubSubError) {
    let link = try connected()
    let first = StreamPlace.message(after: start)
    let last = StreamPlace.message(upTo: end)
    var isFirst = true
    var read = reading
    let isWhole = try readStream(from: .number(Int64(clamping: first)), link) { delivery, message in
      if isFirst && message > first { read.nothing(upTo: min(StreamPlace.before(message), end)) }
      isFirst = false
      if let record = Record(delivery.body), record.epoch == view.epoch {
        for kept in record.kept(in: message) where kept.offset <= end { read.take(kept) }
      }
      return message >= last
    }
    reading = read
    if !isWhole { reading.nothing(upTo: end) }
  }
}
