// Follows a capped collection by a tailable cursor, which waits for what comes next. That blocks, so that
// it has a thread and a client of its own; both end within the wait after nobody wants any more.

import NIOCore
import PubSub

/// A thread that reads one collection from a place on.
enum MongoTail {
  /// How long the server waits for something before it says that there is nothing; a server that says
  /// nothing for ``EngineDriverLimits/answer`` is lost.
  private static let wait = TimeAmount.milliseconds(500)

  /// What of a collection is read.
  struct Range: Sendable {
    let collection: String
    let source: Arrivals.Source
    /// Only what has a larger `_id`; nil for all.
    let after: Int64?
  }

  /// Begins to read.
  static func start(
    _ range: Range, _ settings: MongoSettings, into arrivals: Arrivals
  ) throws(PubSubError) {
    try EngineThread().start {
      do throws(PubSubError) {
        try follow(range, MongoClient(settings), into: arrivals)
      } catch {
        arrivals.fail(error)
      }
    }
  }

  /// Returns when nobody wants any more.
  private static func follow(
    _ range: Range, _ client: MongoClient, into arrivals: Arrivals
  ) throws(PubSubError) {
    let cursor = try client.collection(range.collection).find { filter in
      guard let after = range.after else { return }
      filter.append("_id", document: { $0.append("$gt", after) })
    } _: { options in
      options.append("tailable", true)
      options.append("awaitData", true)
      options.append("maxAwaitTimeMS", wait.milliseconds)
    }
    while arrivals.isWanted {
      if let document = try cursor.next() {
        guard arrivals.append(document, from: range.source) else { return }
      } else if !cursor.isAlive {
        throw PubSubError(.unreachable, "the server has ended the reading of \(range.collection)")
      }
    }
  }
}
