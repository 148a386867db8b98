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
    let bytes: Int
    let time: NIODeadline
  }

  let epoch: String
  var limits: HistoryLimits
  private(set) var offset: UInt64 = 0
  private(set) var entries = CircularBuffer<Entry>(initialCapacity: 0)
  /// When the stream was last published to or asked.
  var lastUse: NIODeadline

  init(epoch: String, limits: HistoryLimits, now: NIODeadline) {
    self.epoch = epoch
    self.limits = limits
    lastUse = now
  }

  var top: Position { Position(epoch: epoch, offset: offset) }

  /// The offset of the oldest publication that is kept; one above ``offset`` when none is.
  var firstOffset: UInt64 { offset + 1 - UInt64(entries.count) }

  /// The place that the next publication gets.
  func advance() -> Position {
    offset += 1
    return top
  }

  /// Keeps the publication of the last ``advance()``.
  func keep(_ entry: Entry) { entries.append(entry) }

  /// Forgets the oldest publication.
  /// - Returns: its size; nil when there is none.
  func removeFirst() -> Int? { entries.popFirst()?.bytes }

  /// Whether the oldest publication is one too many, or too old.
  func hasSurplus(now: NIODeadline) -> Bool {
    guard let first = entries.first else { return false }
    return entries.count > limits.messages || first.time + limits.age <= now
  }

  /// What came after `position`. Without one nothing has been missed.
  func recover(since position: Position) -> Recovery<Publication> {
    guard position.epoch == epoch, position.offset <= offset, position.offset + 1 >= firstOffset
    else { return Recovery(isRecovered: false, missed: [], top: top) }
    let missed = entries.suffix(Int(offset - position.offset)).map(\.publication)
    return Recovery(isRecovered: true, missed: missed, top: top)
  }
}
