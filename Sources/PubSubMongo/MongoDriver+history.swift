// Reading histories: many requests are answered by one look at what this node has seen, and at most one
// into the log.

import NIOCore
import PubSub

extension MongoDriver {
  /// What the server is given for a look; what it does not find in time counts as not kept.
  private static var patience: TimeAmount { EngineDriverLimits.answer - .seconds(1) }

  func recover(
    _ requests: [EngineRecoveryRequest]
  ) throws(PubSubError) -> [Result<Recovery<EnginePublication>, PubSubError>] {
    let top = try findTop()
    let tail = view.tail
    var reading = HistoryReading(requests, top: top, now: Self.milliseconds)
    if let start = reading.start {
      if start < tail.start {
        let channels = Set(requests.filter { $0.since != nil }.map(\.channel)).sorted()
        try read(channels, after: start, upTo: tail.start, into: &reading)
      }
      for kept in tail.publications where kept.offset > start { reading.take(kept) }
    }
    return reading.recoveries.map { .success($0) }
  }

  private func read(
    _ channels: [String], after start: UInt64, upTo end: UInt64, into reading: inout HistoryReading
  ) throws(PubSubError) {
    let link = try connected()
    let deadline = NIODeadline.now() + Self.patience
    let cursor = try link.log.find { filter in
      filter.append(
        "_id",
        document: {
          $0.append("$gte", Int64(clamping: StreamPlace.message(after: start)))
          $0.append("$lte", Int64(clamping: StreamPlace.message(upTo: end)))
        })
      filter.append("runs.channel", document: { $0.append("$in", channels) })
    } _: { options in
      options.append("sort", document: { $0.append("_id", small: 1) })
      options.append("maxTimeMS", Self.patience.milliseconds)
    }
    var isWhole = true
    do throws(PubSubError) {
      while isWhole, let bytes = try cursor.next() {
        guard let document = LogDocument(bytes) else { continue }
        for kept in document.kept(epoch: view.epoch) where kept.offset <= end { reading.take(kept) }
        isWhole = NIODeadline.now() < deadline
      }
    } catch  where error.mongoCode == MongoCode.tooLong {
      isWhole = false
    }
    // What was pushed out meanwhile was perhaps not read.
    let oldest = try link.end(isNewest: false)?.place ?? .max
    if !isWhole {
      reading.nothing(upTo: end)
    } else if oldest > StreamPlace.message(after: start) {
      reading.nothing(upTo: min(StreamPlace.before(min(oldest, 1 << 50)), end))
    }
  }
}
