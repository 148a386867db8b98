import PubSub

/// The engine `amqp`: RabbitMQ, by one topic exchange for what is only for now and one stream for what is
/// kept.
public enum AMQPEngine {
  /// Begins to make the link.
  ///
  /// - Throws: ``PubSubError/Code/badURL`` with one sentence when the URL asks for what there is not.
  public static func make(
    _ url: EngineURL, limits: EngineLimits = EngineLimits(), receiver: any EngineSubscriber
  ) throws(PubSubError) -> any Engine {
    let options = try AMQPOptions(url)
    return try LinkedEngine(limits: limits, receiver: receiver) { _ in AMQPDriver(options) }
  }
}
