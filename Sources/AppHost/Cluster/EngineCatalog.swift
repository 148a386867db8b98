// The engines that a URL can name. The only place that knows them all.

import PubSub
import PubSubAMQP
import PubSubNATS
import PubSubRedis

/// Makes engines.
enum EngineCatalog {
  /// What the URLs of the engines begin with.
  static let schemes = ["redis", "nats", "amqp"]

  /// Reads a setting; nil when it is empty.
  /// - Throws: ``HostError`` with one clear sentence for whoever wrote it.
  static func url(_ text: String, setting: String) throws(HostError) -> EngineURL? {
    if text.isEmpty { return nil }
    do throws(PubSubError) {
      let url = try EngineURL(text)
      guard schemes.contains(url.scheme) else {
        throw EngineURL.mistake(
          "begins with \(url.scheme)://; the engines are \(schemes.joined(separator: ", "))")
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
    let limits = EngineLimits()
    do throws(PubSubError) {
      switch url.scheme {
      case "nats": return try NATSEngine.make(url, limits: limits, receiver: receiver)
      case "amqp": return try AMQPEngine.make(url, limits: limits, receiver: receiver)
      default: return try RedisEngine.make(url, limits: limits, receiver: receiver)
      }
    } catch {
      throw HostError(.configuration, "cluster.engine: \(error.message)")
    }
  }
}
