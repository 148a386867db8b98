// The engine `nats`: what AppHost calls. A NATS server, or a cluster of them, carries the publications;
// its JetStream keeps those with a history.

import NIOCore
import PubSub

/// The engine that goes by `nats://`.
public enum NATSEngine {
  /// Begins to make a link to the server that `url` names.
  ///
  /// - Throws: ``PubSubError/Code/badURL`` with one sentence when the URL has a mistake.
  public static func make(
    _ url: EngineURL, limits: EngineLimits, receiver: any EngineSubscriber
  ) throws(PubSubError) -> any Engine {
    let settings = try NATSSettings(url, limits: limits)
    return try LinkedEngine(limits: limits, receiver: receiver) { wake in
      NATSDriver(settings: settings, wake: wake)
    }
  }
}
