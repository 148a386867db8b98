// The streams of all channels of an app, bounded together. One owner at a time calls it: the app's
// isolate, which publications and subscriptions pass one after the other, so that what is read here
// and what comes live afterwards fit without a gap and without a repetition.

import NIOCore

/// Positions and history of every channel.
public struct HistoryTable<Publication> {
  /// A publication that is kept, in the order of publishing over all channels.
  private struct Trace {
    let stream: ChannelStream<Publication>
    let offset: UInt64

    /// Whether its stream has not forgotten it.
    var isKept: Bool { stream.keeps(offset) }
  }

  /// What a channel keeps unless ``configure(_:_:)`` says otherwise.
  public let defaults: HistoryLimits
  private let maxBytes: Int
  private let maxChannels: Int
  private let makeEpoch: () -> String

  private var streams: [String: ChannelStream<Publication>] = [:]
  private var configured: [String: HistoryLimits] = [:]
  private var traces = CircularBuffer<Trace>(initialCapacity: 0)
  private var nextSweep: NIODeadline?
  /// Up to where publications of a shared log may be forgotten whose channel has no stream.
  private var sharedFloor: UInt64 = 0
  /// Publications that are kept.
  public private(set) var count = 0
  /// Their size.
  public private(set) var byteCount = 0

  /// How often streams that nobody needs are looked for.
  private static var sweepInterval: TimeAmount { .seconds(60) }
  /// How long an empty stream keeps its epoch.
  private static var idleAge: TimeAmount { .minutes(10) }
  /// The share of the streams that is dropped when there are too many: one in so many.
  private static var evictedShare: Int { 10 }

  /// - Parameters:
  ///   - maxBytes: what all channels may keep together; the oldest publications go first.
  ///   - maxChannels: how many channels may have a position; the longest unused lose theirs.
  public init(
    defaults: HistoryLimits, maxBytes: Int, maxChannels: Int,
    makeEpoch: @escaping () -> String = Position.makeEpoch
  ) {
    self.defaults = defaults
    self.maxBytes = maxBytes
    self.maxChannels = maxChannels
    self.makeEpoch = makeEpoch
  }

  /// How many channels have a position.
  public var channelCount: Int { streams.count }

  /// Says what `channel` keeps from now on.
  public mutating func configure(_ channel: String, _ limits: HistoryLimits) {
    if configured.count < maxChannels || configured[channel] != nil {
      configured[channel] = limits
    }
    streams[channel]?.limits = limits
  }

  /// What `channel` keeps.
  public func limits(of channel: String) -> HistoryLimits { configured[channel] ?? defaults }

  /// Adds a publication to its channel.
  ///
  /// - Parameters:
  ///   - bytes: its size.
  ///   - make: makes the publication that has been given a position.
  public mutating func append(
    to channel: String, bytes: Int, now: NIODeadline, _ make: (Position) -> Publication
  ) -> Publication {
    let stream = open(channel, now: now)
    let publication = make(stream.advance())
    keep(publication, of: stream, bytes: bytes, now: now)
    return publication
  }

  /// Keeps the publication that a stream has advanced to, if its limits allow.
  private mutating func keep(
    _ publication: Publication, of stream: ChannelStream<Publication>, bytes: Int,
    now: NIODeadline
  ) {
    guard stream.limits.messages > 0 else {
      // What is kept has no gap: the publications before this one go too.
      trim(stream, now: now)
      return stream.skip()
    }
    stream.keep(publication, bytes: bytes, time: now)
    traces.append(Trace(stream: stream, offset: stream.offset))
    count += 1
    byteCount += bytes
    trim(stream, now: now)
    trimToBytes()
  }

  /// What a subscriber has missed since `position`; a nil position has missed nothing.
  public mutating func recover(
    _ channel: String, since position: Position?, now: NIODeadline
  ) -> Recovery<Publication> {
    let stream = open(channel, now: now)
    trim(stream, now: now)
    guard let position else { return Recovery(isRecovered: true, missed: [], top: stream.top) }
    return stream.recover(since: position)
  }

  // MARK: In a shared log

  /// Adds a publication that a log gave its position, which is above all others.
  public mutating func append(
    _ publication: Publication, to channel: String, at position: Position, bytes: Int,
    now: NIODeadline
  ) {
    let stream = openShared(channel, at: position, now: now)
    _ = stream.advance(to: position.offset)
    keep(publication, of: stream, bytes: bytes, now: now)
  }

  /// What a subscriber has missed since `position` of a channel whose positions a log gives; a nil
  /// position has missed nothing.
  /// - Parameter top: where the log stands; all of it up to there was added.
  public mutating func recover(
    _ channel: String, since position: Position?, at top: Position, now: NIODeadline
  ) -> Recovery<Publication> {
    guard let position else { return Recovery(isRecovered: true, missed: [], top: top) }
    if let stream = streams[channel], stream.epoch == top.epoch {
      stream.lastUse = now
      trim(stream, now: now)
      return stream.recover(since: position, at: top)
    }
    // Nothing of it came since the log is followed, or it has been forgotten.
    let isRecovered =
      position.epoch == top.epoch && position.offset <= top.offset
      && position.offset >= sharedFloor
    return Recovery(isRecovered: isRecovered, missed: [], top: top)
  }

  /// A log is followed after `position`: what its channels had before is unknown.
  public mutating func beginShared(at position: Position) {
    for (channel, stream) in streams where stream.isShared { drop(channel) }
    compactTraces()
    sharedFloor = position.offset
  }

  private mutating func openShared(
    _ channel: String, at position: Position, now: NIODeadline
  ) -> ChannelStream<Publication> {
    if let stream = streams[channel], stream.epoch == position.epoch {
      stream.lastUse = now
      return stream
    }
    drop(channel)
    return make(channel, epoch: position.epoch, now: now, in: sharedFloor)
  }

  /// Forgets where channels stand: their positions are unknown from then on.
  public mutating func forget(where condition: (_ channel: String) -> Bool) {
    for channel in Array(streams.keys) where condition(channel) { drop(channel) }
    compactTraces()
  }

  // MARK: Bounds

  /// The stream of `channel`, made if there is none.
  private mutating func open(_ channel: String, now: NIODeadline) -> ChannelStream<Publication> {
    if let stream = streams[channel] {
      stream.lastUse = now
      return stream
    }
    return make(channel, epoch: makeEpoch(), now: now)
  }

  private mutating func make(
    _ channel: String, epoch: String, now: NIODeadline, in place: UInt64? = nil
  ) -> ChannelStream<Publication> {
    sweep(now: now)
    if streams.count >= maxChannels { evict() }
    let stream = ChannelStream<Publication>(
      epoch: epoch, limits: limits(of: channel), now: now, in: place)
    streams[channel] = stream
    return stream
  }

  private mutating func trim(_ stream: ChannelStream<Publication>, now: NIODeadline) {
    while stream.hasSurplus(now: now) { removeFirst(of: stream) }
    compactTraces()
  }

  private mutating func trimToBytes() {
    while byteCount > maxBytes, let trace = traces.popFirst() {
      if trace.isKept { removeFirst(of: trace.stream) }
    }
  }

  private mutating func removeFirst(of stream: ChannelStream<Publication>) {
    guard let bytes = stream.removeFirst() else { return }
    count -= 1
    byteCount -= bytes
  }

  /// Channels forget by themselves, so traces go stale; they never outnumber what is kept for long.
  private mutating func compactTraces() {
    while traces.first?.isKept == false { traces.removeFirst() }
    guard traces.count > 2 * count + 1024 else { return }
    var kept = CircularBuffer<Trace>(initialCapacity: count)
    for trace in traces where trace.isKept { kept.append(trace) }
    traces = kept
  }

  /// Drops empty streams that have not been used for long.
  private mutating func sweep(now: NIODeadline) {
    if let nextSweep, now < nextSweep { return }
    nextSweep = now + Self.sweepInterval
    for (channel, stream) in streams {
      trim(stream, now: now)
      if stream.entries.isEmpty && stream.lastUse + Self.idleAge <= now { drop(channel) }
    }
  }

  /// Drops the streams that have not been used for longest.
  private mutating func evict() {
    let oldest = streams.sorted { $0.value.lastUse < $1.value.lastUse }
      .prefix(max(1, streams.count / Self.evictedShare))
    for (channel, _) in oldest { drop(channel) }
    compactTraces()
  }

  private mutating func drop(_ channel: String) {
    guard let stream = streams.removeValue(forKey: channel) else { return }
    if stream.isShared { sharedFloor = max(sharedFloor, stream.offset) }
    count -= stream.entries.count
    byteCount -= stream.entries.reduce(0) { $0 + $1.bytes }
    stream.forgetAll()
  }
}
