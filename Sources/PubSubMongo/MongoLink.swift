// What a driver has on the servers while its link holds: a client for publishing and for histories, and two
// tails with clients of their own.

import NIOCore
import PubSub

/// One link: the present log, what is only for now, and what comes of both.
final class MongoLink {
  let settings: MongoSettings
  let client: MongoClient
  let log: MongoCollection
  let live: MongoCollection
  let arrivals: Arrivals
  /// The document of what is only for now after which this link begins to listen.
  private let liveStart = Int64.random(in: 1...Int64.max)
  private var hasLiveStart = false
  /// When that was written, in milliseconds since 1970.
  private var liveStartTime: Int64 = 0

  /// A document that is so much younger than the start is after it, though the start was never seen: more
  /// than the collection holds has come meanwhile.
  private static let surelyLater: Int64 = 60_000

  init(
    _ client: MongoClient, epoch: String, wake: @escaping @Sendable () -> Void
  ) throws(PubSubError) {
    self.client = client
    settings = client.settings
    log = try client.collection(settings.logCollection(epoch))
    live = try client.collection(settings.liveCollection(epoch))
    arrivals = Arrivals(wake: wake)
  }

  deinit { arrivals.end() }

  func close() { arrivals.end() }

  /// Begins to follow the log after a place, and what is only for now.
  func follow(after place: UInt64, time: Int64) throws(PubSubError) {
    let log = MongoTail.Range(
      collection: log.name, source: .log, after: Int64(clamping: place))
    try MongoTail.start(log, settings, into: arrivals)
    liveStartTime = time
    let mark = LogDocumentWriter(id: liveStart, time: time).finish()
    _ = try live.insert([mark], .live)
    let live = MongoTail.Range(collection: live.name, source: .live, after: nil)
    try MongoTail.start(live, settings, into: arrivals)
  }

  /// Whether a document of what is only for now came after this link had begun to listen.
  func isLater(_ document: LogDocument) -> Bool {
    if hasLiveStart { return true }
    let isLater = document.time > liveStartTime + Self.surelyLater
    hasLiveStart = isLater || document.id == liveStart
    return isLater
  }

  /// The oldest or the newest document of the log.
  func end(isNewest: Bool) throws(PubSubError) -> LogView.Seen? {
    try log.end(isNewest: isNewest)
  }
}

extension MongoCollection {
  /// The document with the least or the greatest place.
  func end(isNewest: Bool) throws(PubSubError) -> LogView.Seen? {
    let places = LogView.places
    return try seen(
      {
        $0.append(
          "_id",
          document: {
            $0.append("$gte", Int64(clamping: places.lowerBound))
            $0.append("$lt", Int64(clamping: places.upperBound))
          })
      }, isNewest: isNewest)
  }

  /// The document with that place.
  func document(at place: UInt64) throws(PubSubError) -> LogView.Seen? {
    try seen({ $0.append("_id", Int64(clamping: place)) }, isNewest: true)
  }

  private func seen(
    _ filter: (inout BSONWriter) -> Void, isNewest: Bool
  ) throws(PubSubError) -> LogView.Seen? {
    let document = try first(filter) { options in
      options.append("sort", document: { $0.append("_id", small: isNewest ? -1 : 1) })
      options.append(
        "projection",
        document: {
          $0.append("_id", small: 1)
          $0.append("mark", small: 1)
        })
    }
    guard let document = document.flatMap({ LogDocument($0) }) else { return nil }
    return LogView.Seen(place: document.place, mark: document.mark)
  }
}
