import NIOCore
import PubSub
import Testing

@testable import PubSubNATS

@Suite struct NATSSettingsTests {
  private func settings(_ url: String) throws -> NATSSettings {
    try NATSSettings(EngineURL(url), limits: EngineLimits())
  }

  @Test("a URL says where and how")
  func complete() throws {
    let settings = try settings(
      "nats://joe:p%40ss@a,b:4333,[::1]?prefix=shop&age=2h&bytes=3M&messages=9&replicas=3&tls=true"
        + "&storage=memory&duplicates=40s&ca=/ca.pem")
    #expect(settings.servers == ["nats://a:4222", "nats://b:4333", "nats://[::1]:4222"])
    #expect(settings.user == "joe" && settings.secret == "p@ss" && settings.prefix == "shop")
    #expect(settings.usesTLS && settings.authority == "/ca.pem")
    #expect(
      settings.kept
        == .init(
          age: .hours(2), bytes: 3 << 20, messages: 9, duplicates: .seconds(40), replicas: 3,
          isInMemory: true))
  }

  @Test("a name alone is a token")
  func token() throws {
    let settings = try settings("nats://secret@a")
    #expect(settings.user == nil && settings.secret == "secret")
  }

  @Test("duplicates are known for longer than a publication waits, and no longer than it is kept")
  func duplicates() throws {
    #expect(try settings("nats://a").kept.duplicates == .seconds(30))
    #expect(try settings("nats://a?age=10s").kept.duplicates == .seconds(10))
    var limits = EngineLimits()
    limits.patience = .minutes(1)
    let patient = try NATSSettings(EngineURL("nats://a"), limits: limits)
    #expect(patient.kept.duplicates == .seconds(75))
  }

  @Test(
    "a mistake is one clear sentence",
    arguments: [
      ("redis://a", "is not one of NATS: redis"),
      ("nats://a/0", "has a path, which NATS knows nothing of: /0"),
      ("nats://a?prefix=a.b", "has a prefix that is not 1 to 64 letters, digits, - and _: a.b"),
      ("nats://a?prefix=", "has a prefix that is not 1 to 64 letters, digits, - and _: "),
      ("nats://a?age=5", "has age=5, which is not like 90s, 15m, 24h or 7d"),
      ("nats://a?bytes=-1M", "has bytes=-1M, which is not like 512M or 4G"),
      ("nats://a?bytes=9999999999T", "has bytes=9999999999T, which is too much"),
      ("nats://a?messages=0", "has messages=0, which is no number from 1"),
      ("nats://a?replicas=6", "has replicas=6, which is no number from 1 to 5"),
      ("nats://a?storage=disk", "has storage=disk, which is neither file nor memory"),
      ("nats://a?tls=yes", "has tls=yes, which is neither false nor true"),
      ("nats://a?age=10s&duplicates=1m", "knows duplicates for longer than its age keeps them"),
    ])
  func mistakes(_ url: String, _ sentence: String) {
    #expect {
      try settings(url)
    } throws: { error in
      (error as? PubSubError)?.code == .badURL
        && (error as? PubSubError)?.message == "the engine's URL \(sentence)"
    }
  }

  @Test("an unknown option is named, with those that are known")
  func unknown() {
    #expect {
      try settings("nats://a?colour=red")
    } throws: {
      "\($0)".contains("colour") && "\($0)".contains("duplicates")
    }
  }
}
