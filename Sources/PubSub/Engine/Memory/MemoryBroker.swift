// An engine in this process: nodes that share a broker are a cluster of their own, as the workers of an app
// and tests want it. With a store, what has a history is there before anybody hears of it. It can be stopped,
// so that what happens then can be seen without another program.

import NIOConcurrencyHelpers
import NIOCore

/// The middle of the engine `memory`.
// @unchecked: `state` is touched under `lock` only.
public final class MemoryBroker: @unchecked Sendable {
  /// A node's link, as the broker sees it.
  struct Link {
    var exact: Set<String> = []
    var wild: Set<ChannelPattern> = []
    var received: [EngineDriverEvent] = []
    let wake: @Sendable () -> Void

    func wants(_ channel: String) -> Bool {
      exact.contains(channel) || wild.contains { $0.matches(channel) }
    }
  }

  fileprivate struct State {
    var history: HistoryTable<EnginePublication>
    /// The last publication of each node, and its position, so that one that comes again is known.
    var last: [UInt64: (serial: UInt64, position: Position?)] = [:]
    var links: [ObjectIdentifier: Link] = [:]
    var isStopped = false
  }

  private let lock = NIOLock()
  private var state: State
  private let store: (any HistoryStore)?
  /// Held from storing to delivering, so that what is stored first is delivered first.
  private let publishing = NIOLock()

  /// - Parameters:
  ///   - maxBytes: what all histories may take together in memory.
  ///   - maxChannels: how many channels may have a position there.
  ///   - store: keeps all histories instead; nil keeps them in memory.
  public init(
    maxBytes: Int = 64 << 20, maxChannels: Int = 1_000_000, store: (any HistoryStore)? = nil
  ) {
    self.store = store
    state = State(
      history: HistoryTable(
        defaults: HistoryLimits(messages: 0, age: .hours(1)), maxBytes: maxBytes,
        maxChannels: maxChannels))
  }

  /// Breaks all links and refuses new ones until ``resume()``. What is kept stays.
  public func stop() {
    let links = lock.withLock {
      defer { state.links = [:] }
      state.isStopped = true
      return state.links.values
    }
    for link in links { link.wake() }
  }

  public func resume() { lock.withLock { state.isStopped = false } }

  /// Forgets all that is kept in memory: what was published before cannot be caught up on.
  public func forget() { lock.withLock { state.history.forget { _ in true } } }

  // MARK: For drivers

  func link(_ driver: MemoryDriver, wake: @escaping @Sendable () -> Void) throws(PubSubError) {
    try store?.open()
    let isStopped = lock.withLock {
      if !state.isStopped { state.links[ObjectIdentifier(driver)] = Link(wake: wake) }
      return state.isStopped
    }
    if isStopped { throw PubSubError(.unreachable, "the memory engine is stopped") }
  }

  func unlink(_ driver: MemoryDriver) {
    lock.withLock { state.links[ObjectIdentifier(driver)] = nil }
  }

  func subscribe(_ driver: MemoryDriver, _ patterns: [ChannelPattern]) throws(PubSubError) {
    try change(driver) { link in
      for pattern in patterns {
        if pattern.isWild { link.wild.insert(pattern) } else { link.exact.insert(pattern.text) }
      }
    }
  }

  func unsubscribe(_ driver: MemoryDriver, _ patterns: [ChannelPattern]) throws(PubSubError) {
    try change(driver) { link in
      for pattern in patterns {
        if pattern.isWild { link.wild.remove(pattern) } else { link.exact.remove(pattern.text) }
      }
    }
  }

  func receive(_ driver: MemoryDriver) throws(PubSubError) -> [EngineDriverEvent] {
    var events: [EngineDriverEvent] = []
    try change(driver) { swap(&events, &$0.received) }
    return events
  }

  private func change(
    _ driver: MemoryDriver, _ body: (inout Link) -> Void
  ) throws(PubSubError) {
    let isLinked = lock.withLock {
      guard var link = state.links.removeValue(forKey: ObjectIdentifier(driver)) else {
        return false
      }
      body(&link)
      state.links[ObjectIdentifier(driver)] = link
      return true
    }
    if !isLinked { throw PubSubError(.unreachable, "the memory engine was stopped") }
  }

  func publish(_ driver: MemoryDriver, _ entries: [PublishQueue.Entry]) throws(PubSubError) {
    publishing.lock()
    defer { publishing.unlock() }
    let stored = try store(entries, of: driver)
    let wakes = lock.withLock { () -> [@Sendable () -> Void]? in
      // What is stored is there, even if the link has gone meanwhile.
      guard state.links[ObjectIdentifier(driver)] != nil || !stored.isEmpty else { return nil }
      var woken: Set<ObjectIdentifier> = [ObjectIdentifier(driver)]
      for entry in entries {
        let (position, publication) = state.keep(entry, stored: stored[entry.origin])
        if let publication { woken.formUnion(state.deliver(publication)) }
        state.links[ObjectIdentifier(driver)]?.received.append(.confirmed(.success(position)))
      }
      return woken.compactMap { state.links[$0]?.wake }
    }
    guard let wakes else { throw PubSubError(.unreachable, "the memory engine was stopped") }
    for wake in wakes { wake() }
  }

  /// Has the store keep what it is to keep and does not have yet: all of it, or none.
  private func store(
    _ entries: [PublishQueue.Entry], of driver: MemoryDriver
  ) throws(PubSubError) -> [EngineOrigin: Position] {
    guard let store else { return [:] }
    let fresh = lock.withLock { () -> [PublishQueue.Entry] in
      guard state.links[ObjectIdentifier(driver)] != nil else { return [] }
      return entries.filter { $0.limits != nil && !state.knows($0.origin) }
    }
    if fresh.isEmpty { return [:] }
    let positions = try store.append(
      fresh.compactMap { entry in
        entry.limits.map { HistoryEntry(channel: entry.channel, bytes: entry.bytes, limits: $0) }
      })
    return Dictionary(zip(fresh.map(\.origin), positions), uniquingKeysWith: { first, _ in first })
  }

  func recover(
    _ driver: MemoryDriver, _ requests: [EngineRecoveryRequest]
  ) throws(PubSubError) -> [Recovery<EnginePublication>] {
    if let store {
      let isLinked = lock.withLock { state.links[ObjectIdentifier(driver)] != nil }
      if isLinked { return try store.recover(requests) }
    }
    let recoveries = lock.withLock { () -> [Recovery<EnginePublication>]? in
      guard state.links[ObjectIdentifier(driver)] != nil else { return nil }
      return requests.map { state.history.recover($0.channel, since: $0.since, now: .now()) }
    }
    guard let recoveries else { throw PubSubError(.unreachable, "the memory engine was stopped") }
    return recoveries
  }
}

extension MemoryBroker.State {
  /// Whether a publication was there already.
  fileprivate func knows(_ origin: EngineOrigin) -> Bool {
    last[origin.node].map { origin.serial <= $0.serial } ?? false
  }

  /// Gives a publication its place, unless the store has given it one.
  /// - Returns: no publication when it is one that was there already.
  fileprivate mutating func keep(
    _ entry: PublishQueue.Entry, stored: Position?
  ) -> (position: Position?, publication: EnginePublication?) {
    let origin = entry.origin
    if knows(origin), let last = last[origin.node] {
      return (origin.serial == last.serial ? last.position : nil, nil)
    }
    var publication = EnginePublication(entry.bytes, on: entry.channel, at: stored)
    if stored == nil, let limits = entry.limits {
      history.configure(entry.channel, limits)
      publication = history.append(
        to: entry.channel, bytes: entry.bytes.readableBytes, now: .now()
      ) { position in
        publication?.placed(at: position)
          ?? EnginePublication(
            channel: entry.channel, position: position, origin: origin, message: ByteBuffer())
      }
    }
    last[origin.node] = (origin.serial, publication?.position)
    return (publication?.position, publication)
  }

  /// - Returns: the links that have something now.
  fileprivate mutating func deliver(_ publication: EnginePublication) -> [ObjectIdentifier] {
    let reached = links.compactMap { $0.value.wants(publication.channel) ? $0.key : nil }
    for driver in reached { links[driver]?.received.append(.publication(publication)) }
    return reached
  }
}

extension EnginePublication {
  fileprivate func placed(at position: Position) -> EnginePublication {
    EnginePublication(channel: channel, position: position, origin: origin, message: message)
  }
}
