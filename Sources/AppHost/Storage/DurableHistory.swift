// The durable channels of one app: which offset a publication gets, what is kept, what is forgotten. The
// threads of the app's engine call it, and wait for the disk; isolates never do.

import Foundation
import NIOConcurrencyHelpers
import NIOCore
import PubSub

/// One app's histories on disk.
// @unchecked: mutable state is touched under `lock` only.
final class DurableHistory: HistoryStore, @unchecked Sendable {
  private let app: String
  private let database: HistoryDatabase
  private let maxBytes: Int
  private let maxChannels: Int
  private let now: @Sendable () -> Int64
  private let lock = NIOLock()
  /// nil until the database is open.
  private var channels: DurableChannels?
  private var nextSweep: Int64 = 0

  /// How often channels that nobody uses are looked for, in milliseconds.
  private static let sweepInterval: Int64 = 60_000
  /// How long a channel keeps its position after it has become empty, in milliseconds.
  private static let idleAge: Int64 = 3_600_000
  /// The share of the channels that is dropped when there are too many: one in so many.
  private static let evictedShare = 10

  /// - Parameters:
  ///   - maxBytes: what all channels may keep together; the largest forget first.
  ///   - maxChannels: how many channels may have a position; the longest unused lose theirs.
  ///   - now: milliseconds since 1970.
  init(
    app: String, database: HistoryDatabase, maxBytes: Int, maxChannels: Int,
    now: @escaping @Sendable () -> Int64 = { Int64(Date().timeIntervalSince1970 * 1_000) }
  ) {
    self.app = app
    self.database = database
    self.maxBytes = maxBytes
    self.maxChannels = maxChannels
    self.now = now
  }

  func open() throws(PubSubError) {
    try transaction { _, _, _ throws(HostError) in }
  }

  func append(_ entries: [HistoryEntry]) throws(PubSubError) -> [Position] {
    var positions: [Position] = []
    try transaction { channels, rows, time throws(HostError) in
      for entry in entries {
        positions.append(try append(entry, to: &channels, rows, at: time))
      }
      for name in channels.changed { try trim(name, of: &channels, rows, at: time) }
      try trimToBytes(&channels, rows)
      try sweep(&channels, rows, at: time)
    }
    return positions
  }

  func recover(
    _ requests: [EngineRecoveryRequest]
  ) throws(PubSubError) -> [Recovery<EnginePublication>] {
    var recoveries: [Recovery<EnginePublication>] = []
    try transaction { channels, rows, time throws(HostError) in
      for request in requests {
        recoveries.append(try recover(request, &channels, rows, at: time))
      }
    }
    return recoveries
  }

  /// Runs `body` in a transaction; what it changes counts once the database has it.
  private func transaction(
    _ body: (inout DurableChannels, HistoryRows, Int64) throws(HostError) -> Void
  ) throws(PubSubError) {
    lock.lock()
    defer { lock.unlock() }
    do throws(PubSubError) {
      try database.transaction { rows throws(HostError) in
        if channels == nil { channels = DurableChannels(try rows.channels(of: app)) }
        guard var working = channels.take() else { return }
        defer { channels = working }
        working.begin()
        try body(&working, rows, now())
        for name in working.changed {
          if let channel = working[name] { try rows.update(channel) }
        }
      }
    } catch {
      // What was changed here and not there is read again.
      channels = nil
      throw error
    }
  }

  // MARK: In a transaction

  private func append(
    _ entry: HistoryEntry, to channels: inout DurableChannels, _ rows: HistoryRows, at time: Int64
  ) throws(HostError) -> Position {
    var channel = try open(entry.channel, entry.limits, &channels, rows, at: time)
    channel.offset += 1
    channel.limits = entry.limits
    channel.bytes += entry.bytes.readableBytes
    channel.publishedAt = time
    channel.usedAt = time
    try rows.append(entry.bytes, at: channel.offset, of: channel, time: time)
    channels[entry.channel] = channel
    return channel.top
  }

  private func recover(
    _ request: EngineRecoveryRequest, _ channels: inout DurableChannels, _ rows: HistoryRows,
    at time: Int64
  ) throws(HostError) -> Recovery<EnginePublication> {
    let channel = try open(request.channel, request.limits, &channels, rows, at: time)
    channels.use(request.channel, at: time)
    guard let since = request.since else {
      return Recovery(isRecovered: true, missed: [], top: channel.top)
    }
    let first = try first(of: channel, request.limits ?? channel.limits, rows, at: time)
    guard since.epoch == channel.epoch, since.offset <= channel.offset, since.offset + 1 >= first
    else { return Recovery(isRecovered: false, missed: [], top: channel.top) }
    let missed = try rows.publications(of: channel, after: since.offset).compactMap {
      EnginePublication(
        $0.bytes, on: request.channel, at: Position(epoch: channel.epoch, offset: $0.offset))
    }
    return Recovery(isRecovered: true, missed: missed, top: channel.top)
  }

  /// The channel, made if there is none.
  private func open(
    _ name: String, _ limits: HistoryLimits?, _ channels: inout DurableChannels,
    _ rows: HistoryRows, at time: Int64
  ) throws(HostError) -> HistoryRows.Channel {
    if let channel = channels[name] { return channel }
    if channels.byName.count >= maxChannels {
      for name in channels.longestUnused(oneIn: Self.evictedShare) {
        try drop(name, of: &channels, rows)
      }
    }
    let channel = try rows.add(
      name, of: app, epoch: Position.makeEpoch(),
      limits: limits ?? HistoryLimits(messages: 1, age: .hours(1)), at: time)
    channels[name] = channel
    return channel
  }

  /// The offset of the oldest publication that is within the limits.
  private func first(
    of channel: HistoryRows.Channel, _ limits: HistoryLimits, _ rows: HistoryRows, at time: Int64
  ) throws(HostError) -> UInt64 {
    let messages = UInt64(max(0, limits.messages))
    let byNumber = channel.offset >= messages ? channel.offset - messages + 1 : 1
    let byAge = try rows.first(of: channel, after: time - limits.age.nanoseconds / 1_000_000)
    return max(channel.first, byNumber, byAge)
  }

  private func trim(
    _ name: String, of channels: inout DurableChannels, _ rows: HistoryRows, at time: Int64
  ) throws(HostError) {
    guard var channel = channels[name] else { return }
    try rows.trim(&channel, before: try first(of: channel, channel.limits, rows, at: time))
    channels[name] = channel
  }

  /// The channels that keep most forget the older half, until all is within bounds.
  private func trimToBytes(
    _ channels: inout DurableChannels, _ rows: HistoryRows
  ) throws(HostError) {
    while channels.bytes > maxBytes, let name = channels.largest, var channel = channels[name],
      channel.first <= channel.offset
    {
      let count = channel.offset + 1 - channel.first
      try rows.trim(&channel, before: channel.first + max(1, count / 2))
      channels[name] = channel
    }
  }

  /// Forgets what has become too old in channels without publications, and empty channels that have not
  /// been used for long.
  private func sweep(
    _ channels: inout DurableChannels, _ rows: HistoryRows, at time: Int64
  ) throws(HostError) {
    guard time >= nextSweep else { return }
    nextSweep = time + Self.sweepInterval
    for (name, channel) in channels.byName {
      let age = channel.limits.age.nanoseconds / 1_000_000
      guard channel.publishedAt + age <= time else { continue }
      if channel.usedAt + age + Self.idleAge <= time {
        try drop(name, of: &channels, rows)
      } else if channel.first <= channel.offset {
        try trim(name, of: &channels, rows, at: time)
      }
    }
  }

  private func drop(
    _ name: String, of channels: inout DurableChannels, _ rows: HistoryRows
  ) throws(HostError) {
    guard let channel = channels[name] else { return }
    try rows.remove(channel)
    channels[name] = nil
  }
}
