import PubSub
import PubSubRedis
import Testing

@Suite struct RedisURLTests {
  @Test(
    "a mistake in the URL is one clear sentence",
    arguments: [
      ("rediss://host", "TLS"), ("redis://a,b", "several hosts"), ("redis://host/x", "database x"),
      ("redis://host/-1", "database -1"), ("redis://host?prefx=a", "option prefx"),
      ("redis://host?prefix=", "prefix"), ("redis://host?prefix=a:b", "prefix"),
      ("redis://secret@host", "without a password"), ("nats://host", "begins with nats://"),
    ])
  func mistakes(_ text: String, _ reason: String) throws {
    let url = try EngineURL(text)
    #expect {
      try RedisEngine.make(url, receiver: NoEars())
    } throws: { error in
      guard let error = error as? PubSubError, error.code == .badURL else { return false }
      return error.message.contains(reason) && !error.message.contains("secret")
    }
  }
}

/// Hears nothing.
private final class NoEars: EngineSubscriber {
  func received(_ events: [EngineEvent]) {}
}
