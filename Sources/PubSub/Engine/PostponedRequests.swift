// What was asked of an engine and not carried out yet. While the engine is away it holds what is wanted in the
// end and not all that was wanted meanwhile, so that clients that come and go do not make it grow. Pure; owned
// by the engine's thread.

import NIOCore

/// The requests that wait for an engine's link.
struct PostponedRequests {
  private var unsubscribing: Set<ChannelPattern> = []
  private var subscribing: [ChannelPattern: [EngineRequests.Subscribing]] = [:]
  private var recovering: CircularBuffer<EngineRequests.Recovering> = []

  /// Adds a request.
  /// - Parameter isSubscribed: whether the link, or the one before, is subscribed to a pattern: else there is
  ///   nothing to be ended.
  /// - Returns: those who are not to be subscribed any more.
  mutating func add(
    _ request: EngineRequests.Request, isSubscribed: (ChannelPattern) -> Bool
  ) -> [EngineRequests.Subscribing] {
    switch request {
    case .subscribe(let asked): subscribing[asked.pattern, default: []].append(asked)
    case .recover(let asked): recovering.append(asked)
    case .unsubscribe(let pattern):
      if isSubscribed(pattern) { unsubscribing.insert(pattern) }
      return subscribing.removeValue(forKey: pattern) ?? []
    }
    return []
  }

  // MARK: Carrying out, in this order

  /// What is to be unsubscribed from, before anything is subscribed to.
  var unsubscriptions: [ChannelPattern] { Array(unsubscribing) }

  mutating func unsubscribed() { unsubscribing = [] }

  /// Some of what is to be subscribed to.
  func subscriptions(_ most: Int) -> [ChannelPattern] { Array(subscribing.keys.prefix(most)) }

  /// - Returns: those who waited.
  mutating func subscribed(to patterns: [ChannelPattern]) -> [EngineRequests.Subscribing] {
    patterns.flatMap { subscribing.removeValue(forKey: $0) ?? [] }
  }

  /// The first of the histories that are to be read, once all is subscribed to: so nothing is missed between
  /// the two.
  func recoveries(_ most: Int) -> [EngineRequests.Recovering] { Array(recovering.prefix(most)) }

  /// The first `count` of them have been answered.
  mutating func recovered(_ count: Int) { recovering.removeFirst(count) }

  /// Removes the recoveries that have waited too long.
  mutating func expire(now: NIODeadline) -> [EngineRequests.Recovering] {
    var expired: [EngineRequests.Recovering] = []
    recovering = recovering.filter { asked in
      if asked.deadline <= now { expired.append(asked) }
      return asked.deadline > now
    }
    return expired
  }
}
