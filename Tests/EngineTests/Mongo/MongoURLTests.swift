import PubSub
import Testing

@testable import PubSubMongo

@Suite struct MongoURLTests {
  @Test("a URL says where, how and how safely")
  func complete() throws {
    let url = try EngineURL(
      "mongodb://joe:p%40ss@a,b:4333,[::1]/shop?prefix=x&size=3M&w=2&journal=false"
        + "&replicaSet=rs&authSource=admin&tlsCAFile=/ca%20.pem&tls=true")
    let settings = try MongoSettings(url)
    try settings.check()
    #expect(settings.logBytes == 3 << 20 && settings.prefix == "x")
    #expect(settings.concern == .init(count: 2, rule: nil, isJournaled: false))
    #expect(settings.uri.hasPrefix("mongodb://joe:p%40ss@a,b:4333,[::1]/shop?authSource=admin&"))
    #expect(settings.uri.contains("&replicaSet=rs&tls=true&tlsCAFile=%2Fca%20.pem&"))
  }

  @Test("what is not said is MongoDB's usual, and safe")
  func defaults() throws {
    let settings = try MongoSettings(EngineURL("mongodb://host"))
    #expect(settings.database == "perigee" && settings.prefix == "perigee")
    #expect(settings.concern == .init(count: nil, rule: "majority", isJournaled: true))
    #expect(settings.uri.hasPrefix("mongodb://host/perigee?"))
    #expect(settings.uri.contains("retryWrites=false"))
    let service = try MongoSettings(EngineURL("mongodb+srv://host.example.org/db"))
    #expect(service.uri.hasPrefix("mongodb+srv://host.example.org/db?"))
  }

  @Test(
    "a mistake in the URL is one sentence, before anything starts",
    arguments: [
      ("mongodb://host?colour=red", "colour"), ("mongodb://host?prefix=", "prefix"),
      ("mongodb://host?prefix=a.b", "prefix"), ("mongodb://host/a%2Fb", "database"),
      ("mongodb://host?size=lots", "size"), ("mongodb://host?size=10", "size"),
      ("mongodb://host?size=9999999999999999G", "size"), ("mongodb://host?w=0", "w 0"),
      ("mongodb://host?journal=maybe", "journal"), ("mongodb://host?tls=maybe", "tls"),
      ("mongodb://u:secret@host?size=0", "size"),
      ("mongodb+srv://host.example.org:27017", "port"), ("redis://host", "mongodb"),
    ])
  func mistakes(_ url: String, _ word: String) {
    let error = #expect(throws: PubSubError.self) {
      try MongoEngine.make(try EngineURL(url), receiver: DeafReceiver())
    }
    #expect(error?.code == .badURL)
    #expect(error?.message.contains(word) == true, "\(error?.message ?? "")")
    #expect(error?.message.contains("secret") == false)
  }
}

private final class DeafReceiver: EngineSubscriber {
  func received(_ events: [EngineEvent]) {}
}
