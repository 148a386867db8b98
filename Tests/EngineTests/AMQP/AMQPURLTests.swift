import PubSub
import PubSubAMQP
import Testing

@Suite struct AMQPURLTests {
  @Test(
    "a mistake in the URL is one sentence, before anything starts",
    arguments: [
      ("amqp://host?colour=red", "colour"), ("amqp://host?prefix=", "prefix"),
      ("amqp://host?prefix=a%20b", "prefix"), ("amqp://host?prefix=amq.x", "prefix"),
      ("amqp://host?max-age=soon", "max-age"), ("amqp://host?max-age=0h", "max-age"),
      ("amqp://host?max-bytes=1", "max-bytes"), ("amqp://host?max-bytes=lots", "max-bytes"),
      ("amqp://host?ca=/x.pem", "amqps"), ("amqp://u:secret%00@host", "zero byte"),
      ("redis://host", "amqp"),
    ])
  func mistakes(_ url: String, _ word: String) {
    let error = #expect(throws: PubSubError.self) {
      try AMQPEngine.make(try EngineURL(url), receiver: DeafReceiver())
    }
    #expect(error?.code == .badURL)
    #expect(error?.message.contains(word) == true)
    #expect(error?.message.contains("secret") == false)
  }
}

private final class DeafReceiver: EngineSubscriber {
  func received(_ events: [EngineEvent]) {}
}
