// What one node has seen of the log, over all of its links. Pure.

import NIOCore
import PubSub

/// The log of what is kept, from where this node began to follow it.
struct LogView {
  /// A document that is known by more than its place.
  struct Seen: Equatable {
    let place: UInt64
    let mark: Int64
  }

  /// Which log it is; empty before the first link.
  private(set) var epoch = ""
  /// The last document that was seen, which is in the log until newer ones push it out.
  private(set) var last = Seen(place: 0, mark: 0)
  private(set) var tail = KeptTail()
  /// Whether the next document has to follow the last.
  private var isFollowing = false

  /// Places that offsets can be made of.
  static let places: Range<UInt64> = 1..<1 << 51

  /// Begins to follow another log, after a document of it.
  mutating func begin(epoch: String, after last: Seen) {
    self = LogView()
    self.epoch = epoch
    self.last = last
    tail.begin(after: StreamPlace.before(next))
  }

  /// The place that comes next.
  var next: UInt64 { last.place + 1 }

  /// Where the log stands, as far as it was seen.
  var top: Position { Position(epoch: epoch, offset: StreamPlace.before(next)) }

  /// A new link begins after the last document that was seen, or where the log begins by now.
  mutating func beginLink() { isFollowing = false }

  /// Takes a document of the log.
  ///
  /// - Returns: what is new in it.
  /// - Throws: when the link has left out a document.
  mutating func take(_ document: LogDocument) throws(PubSubError) -> [EnginePublication] {
    guard document.place >= next, Self.places.contains(document.place) else { return [] }
    if document.place != next {
      if isFollowing {
        throw PubSubError(.unreachable, "the server has left out what is at \(next) of the log")
      }
      tail.begin(after: StreamPlace.before(document.place))
    }
    isFollowing = true
    last = Seen(place: document.place, mark: document.mark)
    let kept = document.kept(epoch: epoch)
    for publication in kept { tail.append(publication) }
    return kept.map(\.publication)
  }
}
