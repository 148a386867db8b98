// What one node has seen of the stream, over all of its links. Pure.

import PubSub

/// The stream of what is kept, from where this node began to follow it.
struct StreamView {
  /// Which stream it is; empty before the first link.
  private(set) var epoch = ""
  /// The message that comes next; nil before the first.
  private(set) var nextMessage: UInt64?
  /// The number of the last mark that came.
  private(set) var lastMark: UInt64?
  private(set) var tail = KeptTail()
  private var origins = OriginFilter()

  /// Where the stream stands, as far as it was seen.
  var top: Position {
    Position(epoch: epoch, offset: StreamPlace.before(nextMessage ?? 0))
  }

  /// Begins to follow another stream.
  mutating func begin(epoch: String) { self = StreamView(epoch: epoch) }

  private init(epoch: String) { self.epoch = epoch }

  init() {}

  /// Takes a message of the stream; nil for bytes of another program.
  ///
  /// - Returns: what is new in it.
  /// - Throws: when it was meant for another stream: one of both is mistaken.
  mutating func take(
    _ record: Record?, message: UInt64
  ) throws(PubSubError) -> [EnginePublication] {
    if let nextMessage, message < nextMessage { return [] }
    if message != nextMessage { tail.begin(after: StreamPlace.before(message)) }
    nextMessage = message + 1
    guard let record, record.kind != .proposal else { return [] }
    guard record.epoch == epoch else {
      throw PubSubError(.unreachable, "the stream of the amqp engine was made anew")
    }
    if record.kind == .mark { lastMark = record.number }
    let new = record.kept(in: message).filter { origins.admit($0.publication.origin) }
    for kept in new { tail.append(kept) }
    return new.map(\.publication)
  }
}
