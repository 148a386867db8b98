// The engines that a URL can name. The only place that knows them all.

import PubSub
import PubSubAMQP
import PubSubMongo
import PubSubNATS
import PubSubRedis

/// Makes engines.
enum EngineCatalog {
  /// What the URLs of the engines begin with, and who makes them.
  private static let makers:
    [String: @Sendable (EngineURL, any EngineSubscriber) throws(PubSubError) -> any Engine] = [
      "redis": redis, "rediss": redis, "nats": nats, "amqp": amqp, "amqps": amqp,
      "mongodb": mongo, "mongodb+srv": mongo,
    ]

  /// Reads a setting; nil when it is empty.
  /// - Throws: ``HostError`` with one clear sentence for whoever wrote it.
  static func url(_ text: String, setting: String) throws(HostError) -> EngineURL? {
    if text.isEmpty { return nil }
    do throws(PubSubError) {
      let url = try EngineURL(text)
      guard makers[url.scheme] != nil else {
        throw EngineURL.mistake(
          "begins with \(url.scheme)://; the engines are redis, nats, amqp and mongodb")
      }
      return url
    } catch {
      throw HostError(.configuration, "\(setting): \(error.message)")
    }
  }

  /// - Throws: ``HostError`` when the engine does not take the URL.
  static func engine(
    at url: EngineURL, receiver: any EngineSubscriber
  ) throws(HostError) -> any Engine {
    do throws(PubSubError) {
      guard let make = makers[url.scheme] else {
        throw EngineURL.mistake("begins with \(url.scheme)://, which is no engine")
      }
      return try make(url, receiver)
    } catch {
      throw HostError(.configuration, "cluster.engine: \(error.message)")
    }
  }

  @Sendable private static func redis(
    _ url: EngineURL, _ receiver: any EngineSubscriber
  ) throws(PubSubError) -> any Engine {
    try RedisEngine.make(url, limits: EngineLimits(), receiver: receiver)
  }

  @Sendable private static func nats(
    _ url: EngineURL, _ receiver: any EngineSubscriber
  ) throws(PubSubError) -> any Engine {
    try NATSEngine.make(url, limits: EngineLimits(), receiver: receiver)
  }

  @Sendable private static func amqp(
    _ url: EngineURL, _ receiver: any EngineSubscriber
  ) throws(PubSubError) -> any Engine {
    try AMQPEngine.make(url, limits: EngineLimits(), receiver: receiver)
  }

  @Sendable private static func mongo(
    _ url: EngineURL, _ receiver: any EngineSubscriber
  ) throws(PubSubError) -> any Engine {
    try MongoEngine.make(url, limits: EngineLimits(), receiver: receiver)
  }
}
