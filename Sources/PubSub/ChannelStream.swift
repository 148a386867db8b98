// The stream of one channel: where it stands, and its latest publications. Pure: times come in as
// numbers, and nothing is forgotten unless a method is called. HistoryTable holds one for each
// channel of an app.

import NIOCore

/// How much of a channel is kept.
public struct HistoryLimits: Sendable, Equatable {
  /// The most publications.
  public var messages: Int
  /// How long each is kept.
  public var age: TimeAmount
  /// Whether it outlives a process that keeps histories itself. Engines of other programs decide that for
  /// all channels, and pass over this.
  public var isDurable: Bool

  public init(messages: Int, age: TimeAmount, isDurable: Bool = false) {
    self.messages = messages
    self.age = age
    self.isDurable = isDurable
  }
}

/// What a subscriber that comes with a position has missed.
public struct Recovery<Publication> {
  /// Whether `missed` is all that came after the position, without a gap.
  public let isRecovered: Bool
  /// In order; empty when not recovered.
  public let missed: [Publication]
  /// Where the stream stands now.
  public let top: Position

  public init(isRecovered: Bool, missed: [Publication], top: Position) {
    self.isRecovered = isRecovered
    self.missed = missed
    self.top = top
  }
}

extension Recovery: Sendable where Publication: Sendable {}

/// One channel's publications: the offset of the last, and as many as are kept.
final class ChannelStream<Publication> {
  struct Entry {
    let publication: Publication
    let offset: UInt64
    let bytes: Int
    let time: NIODeadline
  }

  let epoch: String
  /// Whether the places are those of a log that many channels share.
  let isShared: Bool
  var limits: HistoryLimits
  private(set) var offset: UInt64
  /// All publications above this offset are kept.
  private(set) var floor: UInt64
  private(set) var entries = CircularBuffer<Entry>(initialCapacity: 0)
  /// When the stream was last published to or asked.
  var lastUse: NIODeadline

  /// - Parameter place: where it begins, in a log that it shares; nil for a stream by itself.
  init(epoch: String, limits: HistoryLimits, now: NIODeadline, in place: UInt64? = nil) {
    self.epoch = epoch
    self.limits = limits
    isShared = place != nil
    offset = place ?? 0
    floor = offset
    lastUse = now
  }

  var top: Position { Position(epoch: epoch, offset: offset) }

  /// The place that the next publication gets: the next one, unless it is given.
  func advance(to place: UInt64? = nil) -> Position {
    offset = place ?? offset + 1
    return top
  }

  /// Keeps the publication of the last ``advance(to:)``.
  func keep(_ publication: Publication, bytes: Int, time: NIODeadline) {
    entries.append(Entry(publication: publication, offset: offset, bytes: bytes, time: time))
  }

  /// Does not keep the publication of the last ``advance(to:)``, when no other is kept.
  func skip() { floor = offset }

  /// Forgets the oldest publication.
  /// - Returns: its size; nil when there is none.
  func removeFirst() -> Int? {
    guard let entry = entries.popFirst() else { return nil }
    floor = entry.offset
    return entry.bytes
  }

  /// Forgets all that is kept.
  func forgetAll() {
    entries.removeAll()
    floor = offset
  }

  /// Whether the publication at this place is kept.
  func keeps(_ place: UInt64) -> Bool { floor < place && place <= offset }

  /// Whether the oldest publication is one too many, or too old.
  func hasSurplus(now: NIODeadline) -> Bool {
    guard let first = entries.first else { return false }
    return entries.count > limits.messages || first.time + limits.age <= now
  }

  /// What came after `position`. Without one nothing has been missed.
  func recover(since position: Position) -> Recovery<Publication> {
    recover(since: position, at: top)
  }

  /// The same when the log that the stream shares stands at `top`.
  func recover(since position: Position, at top: Position) -> Recovery<Publication> {
    guard position.epoch == epoch, position.offset <= top.offset, position.offset >= floor
    else { return Recovery(isRecovered: false, missed: [], top: top) }
    let count =
      isShared
      ? entries.countAtEnd { $0.offset > position.offset } : Int(offset - position.offset)
    let missed = entries.suffix(count)
    return Recovery(isRecovered: true, missed: missed.map(\.publication), top: top)
  }
}
