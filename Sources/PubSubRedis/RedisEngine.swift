// The engine `redis`: live messages by Pub/Sub, and a capped stream for each channel that has a history.

import PubSub

/// Publications by way of a Redis server.
public enum RedisEngine {
  /// Begins to reach the server that `url` names, as `redis://USER:PASSWORD@HOST:PORT/DATABASE?prefix=NAME`
  /// does.
  ///
  /// - Throws: ``PubSubError/Code/badURL`` with a sentence for whoever wrote the URL; nothing was begun
  ///   then.
  public static func make(
    _ url: EngineURL, limits: EngineLimits = EngineLimits(), receiver: any EngineSubscriber
  ) throws(PubSubError) -> any Engine {
    let settings = try RedisSettings(url)
    return try LinkedEngine(limits: limits, receiver: receiver) { _ in
      RedisDriver(settings)
    }
  }
}
