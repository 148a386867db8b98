// Engines of this process: what the workers of one app meet in when no engine between nodes is set, and what
// keeps durable channels. Both are brokers in memory, the second with a store on disk.

import Logging
import PubSub

/// A link to a broker of this process that brings one app's durable channels.
final class EmbeddedEngine: EngineSubscriber {
  private let app: String
  private let logger: Logger
  private let deliver: @Sendable ([EngineEvent]) -> Void

  private init(
    app: String, logger: Logger, deliver: @escaping @Sendable ([EngineEvent]) -> Void
  ) {
    self.app = app
    self.logger = logger
    self.deliver = deliver
  }

  /// Links a worker to the broker of its app's durable channels.
  /// - Parameter deliver: called in order, on the engine's thread.
  static func link(
    _ app: String, to broker: MemoryBroker, logger: Logger,
    deliver: @escaping @Sendable ([EngineEvent]) -> Void
  ) throws(PubSubError) -> ClusterLink {
    let receiver = EmbeddedEngine(app: app, logger: logger, deliver: deliver)
    return ClusterLink(
      engine: try engine(broker, receiver: receiver), app: app,
      node: UInt64.random(in: 1...UInt64.max))
  }

  /// An engine whose thread is linked to the broker.
  static func engine(
    _ broker: MemoryBroker, receiver: any EngineSubscriber
  ) throws(PubSubError) -> any Engine {
    try LinkedEngine(receiver: receiver) { wake in MemoryDriver(broker: broker, wake: wake) }
  }

  func received(_ events: [EngineEvent]) {
    for case .health(.down(let reason)) in events {
      logger.error("/\(app): durable channels cannot be stored and wait: \(reason)")
    }
    deliver(events)
  }
}
