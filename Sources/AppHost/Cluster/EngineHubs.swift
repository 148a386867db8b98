// The engines of a host, one link for each URL that the host or an app names. Asked by the registry when an
// app starts. To all of them the host is one node of one id.

import Foundation
import Logging
import NIOConcurrencyHelpers
import NIOCore
import PubSub

/// The host's links to engines.
final class EngineHubs: Sendable {
  /// Two apps may name one server with different credentials or options: these are different engines.
  private struct Key: Hashable {
    let url: EngineURL
    let worker: Int
  }

  private struct State {
    var own: ClusterNode
    var hubs: [Key: EngineHub] = [:]
    var onLost: (@Sendable (String) -> Void)?
  }

  /// This node's id, by which the other nodes know it.
  let node: UInt64
  private let host: EngineURL?
  private let timeout: TimeAmount
  private let logger: Logger
  private let state: NIOLockedValueBox<State>

  /// - Parameters:
  ///   - host: the engine of apps that name none; nil when they are alone. Its link is made at once.
  ///   - address: the `host:port` under which other nodes reach this one's server; empty when none is known.
  ///   - timeout: the silence after which another node is gone.
  /// - Throws: ``HostError`` when the engine does not take the URL.
  init(
    host: EngineURL?, address: String, timeout: TimeAmount, logger: Logger
  ) throws(HostError) {
    node = UInt64.random(in: 1...UInt64.max)
    self.host = host
    self.timeout = timeout
    self.logger = logger
    let startTime = UInt64(max(0, Date().timeIntervalSince1970 * 1_000))
    state = NIOLockedValueBox(
      State(own: ClusterNode(id: node, startTime: startTime, address: address)))
    if let host { _ = try hub(at: host) }
  }

  /// Whether apps that name no engine have one.
  var hasHost: Bool { host != nil }

  /// The engine of a worker of an app; nil when it has none.
  /// - Parameters:
  ///   - text: the URL in the app's manifest; empty for the host's.
  ///   - worker: its number. Each is a node of its own, and has a link of its own.
  func hub(app: String, _ text: String, worker: Int) throws(HostError) -> EngineHub? {
    guard let url = try EngineCatalog.url(text, setting: "\(app)/app.toml: cluster.engine") ?? host
    else { return nil }
    return try hub(at: url, worker: worker)
  }

  private func hub(at url: EngineURL, worker: Int = 1) throws(HostError) -> EngineHub {
    let key = Key(url: url, worker: worker)
    if let known = state.withLockedValue({ $0.hubs[key] }) { return known }
    let hub = try EngineHub(url, own: own(worker), timeout: timeout, logger: logger)
    let onLost = state.withLockedValue { state in
      state.hubs[key] = hub
      return state.onLost
    }
    if let onLost { hub.nodes.watchLosses(onLost) }
    return hub
  }

  /// Hubs for the workers of an app that meet in this process alone.
  func hubs(of app: String, workers: Int, in broker: MemoryBroker) throws(HostError) -> [EngineHub]
  {
    var hubs: [EngineHub] = []
    for worker in 1...workers {
      hubs.append(
        try EngineHub(app, in: broker, own: own(worker), timeout: timeout, logger: logger))
    }
    return hubs
  }

  /// What a worker is to the others: the first is the host itself, the others are nodes beside it.
  private func own(_ worker: Int) -> ClusterNode {
    let own = state.withLockedValue { $0.own }
    if worker == 1 { return own }
    return ClusterNode(
      id: UInt64.random(in: 1...UInt64.max), startTime: own.startTime, address: own.address)
  }

  /// Where the server of another node is, whichever engine it shares with this one; nil when it is not
  /// known. May be called from any thread.
  func address(of node: UInt64) -> String? {
    state.withLockedValue { $0.hubs.values.lazy.compactMap { $0.nodes.address(of: node) }.first }
  }

  /// The other nodes reach this one's server at `address`, a `host:port`; empty: they do not.
  func move(to address: String) {
    let hubs = state.withLockedValue { state in
      state.own.address = address
      return state.hubs.values
    }
    for hub in hubs { hub.nodes.move(to: address) }
  }

  /// Has `tell` called with the address of each node that is gone from now on, on some thread.
  func watchLosses(_ tell: @escaping @Sendable (String) -> Void) {
    let hubs = state.withLockedValue { state in
      state.onLost = tell
      return state.hubs.values
    }
    for hub in hubs { hub.nodes.watchLosses(tell) }
  }

  /// Ends all links.
  func shutDown() async {
    for hub in state.withLockedValue({ $0.hubs.values }) { await hub.shutDown() }
  }
}
