// The order in which one subscription's stored publications are handed on. A server may deliver what several
// clients published at once a little out of order; each message names the channel's sequence before its own,
// so that it can wait for that. Pure: times come in as numbers.

import NIOCore
import PubSub

/// Puts what comes into the order of its sequences, channel by channel.
struct NATSOrder {
  /// A publication that came before the one it follows.
  private struct Held {
    let publication: EnginePublication
    let sequence: UInt64
    let previous: UInt64
    let since: NIODeadline
  }

  /// Where the stream stood when the subscription began: what is not after it does not count.
  private var start: UInt64 = 0
  /// The last sequence of each channel that was handed on, while it matters.
  private var last: [String: UInt64] = [:]
  private var held: [String: [Held]] = [:]
  private var heldCount = 0

  /// How long a publication waits for the one before it, and how many may.
  private static let patience = TimeAmount.seconds(1)
  private static let mostHeld = 10_000

  mutating func begin(at start: UInt64) { self.start = start }

  /// - Parameters:
  ///   - previous: the channel's sequence before this one; 0 when it has none.
  ///   - seen: up to here everything has come.
  /// - Returns: what can be handed on now.
  mutating func admit(
    _ publication: EnginePublication, sequence: UInt64, after previous: UInt64, seen: UInt64,
    now: NIODeadline
  ) -> [EnginePublication] {
    let channel = publication.channel
    let known = Swift.max(last[channel] ?? 0, start)
    guard sequence > known else { return [] }
    guard previous <= Swift.max(known, seen) else {
      heldCount += 1
      held[channel, default: []].append(
        Held(publication: publication, sequence: sequence, previous: previous, since: now))
      return []
    }
    last[channel] = sequence
    return heldCount == 0 ? [publication] : [publication] + release(channel, after: sequence)
  }

  /// What waited for that sequence, or for what waited for it.
  private mutating func release(_ channel: String, after sequence: UInt64) -> [EnginePublication] {
    guard var waiting = held.removeValue(forKey: channel) else { return [] }
    var released: [EnginePublication] = []
    var reached = sequence
    while let index = waiting.firstIndex(where: { $0.previous <= reached }) {
      let next = waiting.remove(at: index)
      heldCount -= 1
      guard next.sequence > reached else { continue }
      reached = next.sequence
      released.append(next.publication)
    }
    last[channel] = reached
    if !waiting.isEmpty { held[channel] = waiting }
    return released
  }

  /// Whether something waits for what seems not to come.
  func isBroken(now: NIODeadline) -> Bool {
    guard heldCount > 0 else { return false }
    return heldCount > Self.mostHeld
      || held.values.contains { $0.contains { $0.since + Self.patience < now } }
  }

  /// Forgets what `seen` says as well.
  mutating func forget(upTo seen: UInt64) { last = last.filter { $0.value > seen } }
}

/// Up to where everything has come that was subscribed to: what a link that is lost leaves to the next.
struct NATSWatermark {
  /// What came a while ago: by now everything before it has come, too.
  private(set) var position: Position?
  private var candidate: Position?
  private var newest: Position?
  private var nextStep = NIODeadline.uptimeNanoseconds(0)

  /// How much later than others a publication comes at most.
  private static let delay = TimeAmount.seconds(2)

  /// What of a stream is below the mark.
  func seen(in epoch: String) -> UInt64 {
    position.map { $0.epoch == epoch ? $0.offset : 0 } ?? 0
  }

  mutating func note(_ position: Position) {
    if let newest, newest.epoch == position.epoch, newest.offset >= position.offset { return }
    newest = position
  }

  /// Moves on. Nothing may wait for something before it.
  /// - Returns: whether it is time to forget what is below.
  mutating func step(now: NIODeadline) -> Bool {
    guard now >= nextStep else { return false }
    nextStep = now + Self.delay
    position = candidate
    candidate = newest
    return true
  }

  /// The link was lost: what has just come says nothing of what is before it.
  mutating func linkLost() {
    candidate = position
    newest = position
  }
}
