// The engines of a host, one link for each URL that the host or an app names. Asked by the registry when an
// app starts.

import Logging
import NIOConcurrencyHelpers
import PubSub

/// The host's links to engines.
final class EngineHubs: Sendable {
  private let host: EngineURL?
  private let logger: Logger
  private let hubs = NIOLockedValueBox<[String: EngineHub]>([:])

  /// - Parameter host: the engine of apps that name none; nil when they are alone. Its link is made at
  ///   once.
  /// - Throws: ``HostError`` when the engine does not take the URL.
  init(host: EngineURL?, logger: Logger) throws(HostError) {
    self.host = host
    self.logger = logger
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
    // Two apps may name one server with different options: these are different engines.
    let name = "\(url)?\(url.options.sorted { $0.key < $1.key })#\(worker)"
    if let hub = hubs.withLockedValue({ $0[name] }) { return hub }
    let hub = try EngineHub(url, logger: logger)
    hubs.withLockedValue { $0[name] = hub }
    return hub
  }

  /// Ends all links.
  func shutDown() async {
    for hub in hubs.withLockedValue({ $0 }).values { await hub.shutDown() }
  }
}
