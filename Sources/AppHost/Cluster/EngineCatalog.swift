// The engines that a URL can name. The only place that knows them all.

import PubSub
import PubSubRedis

/// Makes engines.
enum EngineCatalog {
  /// What the URLs of the engines begin with.
  static let schemes = ["redis"]

  /// Checks a setting: one clear sentence for whoever wrote it.
  static func check(_ text: String, setting: String) throws(HostError) -> EngineURL? {
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
    do throws(PubSubError) {
      return try RedisEngine.make(url, limits: EngineLimits(), receiver: receiver)
    } catch {
      throw HostError(.configuration, "cluster.engine: \(error.message)")
    }
  }
}
