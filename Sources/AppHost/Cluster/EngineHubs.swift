// The engines of a host, one link for each URL that the host or an app names. Asked by the registry when an
// app starts. To all of them the host is one node of one id.

import Foundation
import Logging
import NIOConcurrencyHelpers
import NIOCore
import PubSub

/// The host's links to engines.
final class EngineHubs: Sendable {
  private struct State {
    var own: ClusterNode
    var hubs: [String: EngineHub] = [:]
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

  /// The engine of an app; nil when it has none.
  /// - Parameter text: the URL in the app's manifest; empty for the host's.
  func hub(app: String, _ text: String) throws(HostError) -> EngineHub? {
    guard let url = try EngineCatalog.url(text, setting: "\(app)/app.toml: cluster.engine") ?? host
    else { return nil }
    return try hub(at: url)
  }

  private func hub(at url: EngineURL) throws(HostError) -> EngineHub {
    // Two apps may name one server with different options: these are different engines.
    let name = "\(url)?\(url.options.sorted { $0.key < $1.key })"
    let (known, own) = state.withLockedValue { ($0.hubs[name], $0.own) }
    if let known { return known }
    let hub = try EngineHub(url, own: own, timeout: timeout, logger: logger)
    state.withLockedValue { $0.hubs[name] = hub }
    return hub
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

  /// Ends all links.
  func shutDown() async {
    for hub in state.withLockedValue({ $0.hubs.values }) { await hub.shutDown() }
  }
}
