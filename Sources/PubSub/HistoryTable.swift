// The streams of all channels of an app, bounded together. One owner at a time calls it: the app's
// isolate, which publications and subscriptions pass one after the other, so that what is read here
// and what comes live afterwards fit without a gap and without a repetition.

import NIOCore

/// Positions and history of every channel.
public struct HistoryTable<Publication> {
  /// A publication that is kept, in the order of publishing over all channels.
  private struct Trace {
    let channel: String
    let epoch: String
    let offset: UInt64
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
    let position = stream.advance()
    let publication = make(position)
    guard stream.limits.messages > 0 else {
      // What is kept has no gap: the publications before this one go too.
      trim(stream, now: now)
      return publication
    }
    stream.keep(.init(publication: publication, bytes: bytes, time: now))
    traces.append(Trace(channel: channel, epoch: position.epoch, offset: position.offset))
    count += 1
    byteCount += bytes
    trim(stream, now: now)
    trimToBytes()
    return publication
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
    sweep(now: now)
    if streams.count >= maxChannels { evict() }
    let stream = ChannelStream<Publication>(
      epoch: makeEpoch(), limits: configured[channel] ?? defaults, now: now)
    streams[channel] = stream
    return stream
  }

  private mutating func trim(_ stream: ChannelStream<Publication>, now: NIODeadline) {
    while stream.hasSurplus(now: now) { removeFirst(of: stream) }
    compactTraces()
  }

  private mutating func trimToBytes() {
    while byteCount > maxBytes, let trace = traces.popFirst() {
      if isKept(trace), let stream = streams[trace.channel] { removeFirst(of: stream) }
    }
  }

  private mutating func removeFirst(of stream: ChannelStream<Publication>) {
    guard let bytes = stream.removeFirst() else { return }
    count -= 1
    byteCount -= bytes
  }

  /// Whether the publication of a trace is the oldest of its channel, and so still there.
  private func isKept(_ trace: Trace) -> Bool {
    guard let stream = streams[trace.channel] else { return false }
    return stream.epoch == trace.epoch && stream.firstOffset <= trace.offset
      && trace.offset <= stream.offset
  }

  /// Channels forget by themselves, so traces go stale; they never outnumber what is kept for long.
  private mutating func compactTraces() {
    guard traces.count > 2 * count + 1024 else { return }
    traces = CircularBuffer(traces.filter(isKept))
  }

  /// Drops empty streams that have not been used for long.
  private mutating func sweep(now: NIODeadline) {
    if let nextSweep, now < nextSweep { return }
    nextSweep = now + Self.sweepInterval
    for (channel, stream) in streams {
      trim(stream, now: now)
      if stream.entries.isEmpty && stream.lastUse + Self.idleAge <= now { streams[channel] = nil }
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
    count -= stream.entries.count
    byteCount -= stream.entries.reduce(0) { $0 + $1.bytes }
  }
}
