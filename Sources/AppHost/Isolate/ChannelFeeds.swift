// The channels that an app's isolate has from an engine: who wants each, whether it comes yet, and who waits
// for its history. Pure; owned by the isolate, which asks the engine for what this says.

import NIOCore
import PubSub

/// One app's channels on one node of a cluster.
struct ChannelFeeds {
  /// Who wants a channel.
  enum Subscriber: Hashable {
    case socket(UInt64)
    case listener(UInt64)
    /// The app itself, for subscribers who came before the channel had an engine.
    case app
  }

  /// A client whose subscription waits for a channel's history.
  struct Follow {
    let socket: UInt64
    let topic: String
    let channel: String
    /// The channel as the client named it.
    let name: String
    let ack: Int?
    let since: Position?
  }

  private struct Channel {
    var feed = ChannelFeed<UInt64>()
    var subscribers: Set<Subscriber> = []
    /// Whether the engine brings it.
    var isLive = false
    /// Tells this subscription from those before and after it.
    let serial: UInt64
    /// Sockets whose packets wait until the channel comes.
    var held: [UInt64] = []
    /// Follows whose history has not been asked for yet.
    var unasked: [UInt64] = []
  }

  private var channels: [String: Channel] = [:]
  private var follows: [UInt64: Follow] = [:]
  private var serial: UInt64 = 0

  /// Notes that somebody wants the channel of `topic`.
  /// - Returns: the number of the subscription that is to be made at the engine; nil when it is made.
  mutating func join(_ subscriber: Subscriber, _ topic: String) -> UInt64? {
    if channels[topic] != nil {
      channels[topic]?.subscribers.insert(subscriber)
      return nil
    }
    serial += 1
    var channel = Channel(serial: serial)
    channel.subscribers.insert(subscriber)
    channels[topic] = channel
    return serial
  }

  /// Notes that somebody wants the channel no more.
  /// - Returns: whether the subscription is to be ended at the engine.
  mutating func leave(_ subscriber: Subscriber, _ topic: String) -> Bool {
    guard channels[topic]?.subscribers.remove(subscriber) != nil else { return false }
    if case .socket(let handle) = subscriber {
      channels[topic]?.held.removeAll { $0 == handle }
      for (number, follow) in follows where follow.socket == handle && follow.topic == topic {
        follows[number] = nil
        channels[topic]?.feed.cancel(number)
      }
    }
    guard channels[topic]?.subscribers.isEmpty == true else { return false }
    channels[topic] = nil
    return true
  }

  /// The number of the subscription to the channel; nil when nobody wants it.
  func serial(of topic: String) -> UInt64? { channels[topic]?.serial }

  /// Whether the engine brings the channel.
  func isLive(_ topic: String) -> Bool { channels[topic]?.isLive ?? false }

  /// The socket's packets wait until the channel comes.
  mutating func hold(_ socket: UInt64, for topic: String) { channels[topic]?.held.append(socket) }

  /// How much of what the packets of a socket wait for is this channel's.
  func waits(of socket: UInt64, for topic: String) -> Int {
    let held = channels[topic]?.held.count { $0 == socket } ?? 0
    return held + follows.values.count { $0.socket == socket && $0.topic == topic }
  }

  /// Forgets all; numbers that were given mean nothing from now on.
  mutating func forgetAll() {
    channels = [:]
    follows = [:]
  }

  /// The sockets that need wait no longer, because there is no engine to wait for.
  mutating func releaseAll() -> [UInt64] {
    var released: [UInt64] = []
    for topic in channels.keys {
      released += channels[topic]?.held ?? []
      channels[topic]?.held = []
    }
    return released
  }

  /// Notes a follow.
  /// - Returns: its number.
  mutating func follow(_ follow: Follow) -> UInt64 {
    serial += 1
    follows[serial] = follow
    channels[follow.topic]?.feed.ask(for: serial, since: follow.since)
    if channels[follow.topic]?.isLive == false { channels[follow.topic]?.unasked.append(serial) }
    return serial
  }

  /// The engine brings the channel from `position` on.
  /// - Returns: the sockets that wait no more, and the follows whose history is to be asked for now.
  mutating func begin(
    _ topic: String, serial: UInt64, at position: Position?
  ) -> (released: [UInt64], follows: [UInt64]) {
    guard channels[topic]?.serial == serial, var channel = channels[topic] else { return ([], []) }
    channel.feed.begin(at: position)
    channel.isLive = true
    let released = channel.held
    let unasked = channel.unasked.filter { follows[$0] != nil }
    channel.held = []
    channel.unasked = []
    channels[topic] = channel
    return (released, unasked)
  }

  subscript(follow number: UInt64) -> Follow? { follows[number] }

  /// A follow has failed.
  mutating func drop(_ number: UInt64) -> Follow? {
    guard let follow = follows.removeValue(forKey: number) else { return nil }
    channels[follow.topic]?.feed.cancel(number)
    return follow
  }

  /// The history of a follow is here.
  mutating func recovered(
    _ number: UInt64, _ recovery: Recovery<EnginePublication>
  ) -> [(Follow, Recovery<EnginePublication>)] {
    guard let follow = follows[number],
      let entry = channels[follow.topic]?.feed.recovered(number, recovery)
    else { return [] }
    return complete([entry])
  }

  /// A publication was passed on.
  mutating func passed(
    _ publication: EnginePublication, _ topic: String
  ) -> [(Follow, Recovery<EnginePublication>)] {
    complete(channels[topic]?.feed.passed(publication) ?? [])
  }

  /// Publications of the channel were lost.
  mutating func lost(_ topic: String) -> [(Follow, Recovery<EnginePublication>)] {
    complete(channels[topic]?.feed.lost() ?? [])
  }

  private mutating func complete(
    _ entries: [ChannelFeed<UInt64>.Entry]
  ) -> [(Follow, Recovery<EnginePublication>)] {
    entries.compactMap { entry in
      follows.removeValue(forKey: entry.follower).map { ($0, entry.recovery) }
    }
  }
}
