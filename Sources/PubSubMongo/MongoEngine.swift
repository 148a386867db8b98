import PubSub

/// The engine `mongodb`: a capped collection of what is kept and one of what is only for now, each read by
/// a tailable cursor.
public enum MongoEngine {
  /// Begins to make the link.
  ///
  /// - Throws: ``PubSubError/Code/badURL`` with one sentence when the URL asks for what there is not.
  public static func make(
    _ url: EngineURL, limits: EngineLimits = EngineLimits(), receiver: any EngineSubscriber
  ) throws(PubSubError) -> any Engine {
    let settings = try MongoSettings(url)
    try settings.check()
    return try LinkedEngine(limits: limits, receiver: receiver) { wake in
      MongoDriver(settings, wake: wake)
    }
  }
}
