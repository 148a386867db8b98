import NIOCore
import Testing

@testable import PubSub

@Suite struct HistoryTableFuzz {
  @Test("whatever happens, what is recovered is all that came after the position, or nothing")
  func recoveries() {
    Fuzz.run { generator in
      var run = HistoryRun(&generator)
      for _ in 0..<40 {
        run.step(&generator)
        #expect(run.differences == [])
      }
    }
  }
}

/// A history table and its model, through the same events.
private struct HistoryRun {
  private static let channels = ["a", "b", "c", "d", "e", "f"]

  private var table: HistoryTable<Int>
  private var model: HistoryModel
  private var now = NIODeadline.uptimeNanoseconds(5)
  private var issued: [Position] = []
  private var published = 0
  private(set) var differences: [String] = []

  init(_ generator: inout SeededGenerator) {
    let defaults = Self.limits(&generator)
    let maxBytes = Int.random(in: 0...300, using: &generator)
    let maxChannels = Int.random(in: 0...7, using: &generator)
    let epochs = Epochs()
    table = HistoryTable(
      defaults: defaults, maxBytes: maxBytes, maxChannels: maxChannels, makeEpoch: epochs.next)
    model = HistoryModel(defaults: defaults, maxBytes: maxBytes, maxChannels: maxChannels)
  }

  private static func limits(_ generator: inout SeededGenerator) -> HistoryLimits {
    HistoryLimits(
      messages: Int.random(in: 0...6, using: &generator),
      age: .seconds(Int64.random(in: 0...30, using: &generator)))
  }

  mutating func step(_ generator: inout SeededGenerator) {
    advanceClock(&generator)
    let channel = Self.channels.randomElement(using: &generator) ?? "a"
    switch Int.random(in: 0..<20, using: &generator) {
    case 0..<10: publish(to: channel, bytes: Int.random(in: 0...60, using: &generator))
    case 10: configure(channel, Self.limits(&generator))
    default: recover(channel, since: position(&generator))
    }
    compare("count", table.count, model.kept.count)
    compare("bytes", table.byteCount, model.byteCount)
    compare("channels", table.channelCount, model.channels.count)
  }

  /// Never stands still, so that no two channels were used last at the same time.
  private mutating func advanceClock(_ generator: inout SeededGenerator) {
    switch Int.random(in: 0..<20, using: &generator) {
    case 0: now = now + .minutes(11)
    case 1..<8: now = now + .milliseconds(Int64.random(in: 1...20_000, using: &generator))
    default: now = now + .nanoseconds(1)
    }
  }

  private mutating func publish(to channel: String, bytes: Int) {
    published += 1
    var place: Position?
    let number = published
    _ = table.append(to: channel, bytes: bytes, now: now) { position in
      place = position
      return number
    }
    let expected = model.publish(number, to: channel, bytes: bytes, now: now)
    compare("position", place, expected)
    issued.append(expected)
  }

  private mutating func configure(_ channel: String, _ limits: HistoryLimits) {
    table.configure(channel, limits)
    model.configure(channel, limits)
  }

  private func position(_ generator: inout SeededGenerator) -> Position? {
    guard let known = issued.suffix(12).randomElement(using: &generator) else { return nil }
    switch Int.random(in: 0..<8, using: &generator) {
    case 0: return nil
    case 1: return Position(epoch: known.epoch, offset: .max)
    case 2: return Position(epoch: known.epoch, offset: known.offset + 1)
    case 3: return Position(epoch: known.epoch, offset: 0)
    default: return known
    }
  }

  private mutating func recover(_ channel: String, since position: Position?) {
    let recovery = table.recover(channel, since: position, now: now)
    let expected = model.recover(channel, since: position, now: now)
    compare("recovered", recovery.isRecovered, expected.missed != nil)
    compare("missed", recovery.missed, expected.missed ?? [])
    compare("top", recovery.top, expected.top)
  }

  private mutating func compare<Value: Equatable>(_ what: String, _ found: Value, _ expected: Value)
  {
    if found != expected { differences.append("\(what): \(found), expected \(expected)") }
  }
}

/// Epochs that a model can foretell.
private final class Epochs {
  private var count = 0

  func next() -> String {
    count += 1
    return "e\(count)"
  }
}

/// The same in the plainest way: one list of what is kept, and one of all that ever was.
private struct HistoryModel {
  struct Channel {
    let epoch: String
    var limits: HistoryLimits
    var offset: UInt64 = 0
    var lastUse: NIODeadline
  }

  struct Message {
    let channel: String
    let place: Position
    let number: Int
    let bytes: Int
    let time: NIODeadline
  }

  let defaults: HistoryLimits
  let maxBytes: Int
  let maxChannels: Int
  private(set) var channels: [String: Channel] = [:]
  private(set) var kept: [Message] = []
  private var all: [Message] = []
  private var configured: [String: HistoryLimits] = [:]
  private var epochs = Epochs()
  private var nextSweep: NIODeadline?

  init(defaults: HistoryLimits, maxBytes: Int, maxChannels: Int) {
    self.defaults = defaults
    self.maxBytes = maxBytes
    self.maxChannels = maxChannels
  }

  var byteCount: Int { kept.reduce(0) { $0 + $1.bytes } }

  mutating func configure(_ channel: String, _ limits: HistoryLimits) {
    if configured[channel] != nil || configured.count < maxChannels {
      configured[channel] = limits
    }
    channels[channel]?.limits = limits
  }

  mutating func publish(
    _ number: Int, to channel: String, bytes: Int, now: NIODeadline
  ) -> Position {
    var state = open(channel, now: now)
    state.offset += 1
    channels[channel] = state
    let message = Message(
      channel: channel, place: Position(epoch: state.epoch, offset: state.offset), number: number,
      bytes: bytes, time: now)
    all.append(message)
    kept.append(message)
    trim(channel, now: now)
    while byteCount > maxBytes { kept.removeFirst() }
    return message.place
  }

  /// Nil for what is missed when not all of it is kept.
  mutating func recover(
    _ channel: String, since position: Position?, now: NIODeadline
  ) -> (missed: [Int]?, top: Position) {
    let state = open(channel, now: now)
    trim(channel, now: now)
    let top = Position(epoch: state.epoch, offset: state.offset)
    guard let position else { return ([], top) }
    guard position.epoch == state.epoch, position.offset <= state.offset else { return (nil, top) }
    let missed = all.filter {
      $0.place.epoch == position.epoch && $0.place.offset > position.offset
    }
    let isKept = missed.allSatisfy { message in kept.contains { $0.number == message.number } }
    return (isKept ? missed.map(\.number) : nil, top)
  }

  private mutating func open(_ channel: String, now: NIODeadline) -> Channel {
    if channels[channel] == nil {
      sweep(now: now)
      if channels.count >= maxChannels { evict() }
      channels[channel] = Channel(
        epoch: epochs.next(), limits: configured[channel] ?? defaults, lastUse: now)
    }
    channels[channel]?.lastUse = now
    return channels[channel] ?? Channel(epoch: "", limits: defaults, lastUse: now)
  }

  private mutating func trim(_ channel: String, now: NIODeadline) {
    guard let limits = channels[channel]?.limits else { return }
    while let oldest = kept.firstIndex(where: { $0.channel == channel }),
      kept.count(where: { $0.channel == channel }) > limits.messages
        || kept[oldest].time + limits.age <= now
    {
      kept.remove(at: oldest)
    }
  }

  private mutating func sweep(now: NIODeadline) {
    if let nextSweep, now < nextSweep { return }
    nextSweep = now + .minutes(1)
    for (name, channel) in channels {
      trim(name, now: now)
      let isEmpty = !kept.contains { $0.channel == name }
      if isEmpty && channel.lastUse + .minutes(10) <= now { channels[name] = nil }
    }
  }

  private mutating func evict() {
    for _ in 0..<max(1, channels.count / 10) {
      guard let oldest = channels.min(by: { $0.value.lastUse < $1.value.lastUse })?.key else {
        return
      }
      channels[oldest] = nil
      kept.removeAll { $0.channel == oldest }
    }
  }
}
