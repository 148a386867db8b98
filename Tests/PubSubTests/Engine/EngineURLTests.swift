import Testing

@testable import PubSub

@Suite struct EngineURLTests {
  @Test("all parts are read")
  func parts() throws {
    let url = try EngineURL("redis://ada:s%3Acret@[::1]:6380,b.example/2?prefix=shop&x=a%20b")
    #expect(url.scheme == "redis")
    #expect(url.user == "ada" && url.password == "s:cret")
    #expect(url.servers == [.init(host: "::1", port: 6380), .init(host: "b.example", port: nil)])
    #expect(url.path == "2")
    #expect(url.options == ["prefix": "shop", "x": "a b"])
  }

  @Test("what is left out is nil or empty")
  func short() throws {
    let url = try EngineURL("NATS://127.0.0.1")
    #expect(url.scheme == "nats" && url.user == nil && url.password == nil && url.path == "")
    #expect(url.servers == [.init(host: "127.0.0.1", port: nil)] && url.options == [:])
    #expect(try EngineURL("memory://").servers == [])
    #expect(try EngineURL("redis://:secret@h").password == "secret")
  }

  @Test("its description has everything but the password and the options")
  func description() throws {
    let url = try EngineURL("amqp://ada:secret@[::1]:5672,h/shop?prefix=secret")
    #expect(url.description == "amqp://ada@[::1]:5672,h/shop")
    #expect(try EngineURL("nats://secret-token@h").description == "nats://h")
  }

  @Test(
    "a mistake is one sentence that names it and does not show the password",
    arguments: [
      ("redis", "has no scheme"), ("redis:/h", "has no scheme"), ("://h", "begins with"),
      ("re dis://h", "begins with"), ("redis://", "names no host"), ("redis://:6379", "no host"),
      ("redis://u:topsecret@h:0", "port 0"), ("redis://u:topsecret@h:x", "port x"),
      ("redis://h:65536", "port 65536"), ("redis://[::1", "without a ]"),
      ("redis://[::1]6379", "6379 after a ]"), ("redis://h?prefix", "without a value: prefix"),
      ("redis://h?a=1&a=2", "option a twice"), ("redis://%zz@h", "hexadecimal"),
      ("redis://%ff@h", "UTF-8"), ("redis://h?a=%4", "hexadecimal"),
    ])
  func mistakes(_ text: String, _ part: String) {
    #expect {
      try EngineURL(text)
    } throws: { error in
      guard let error = error as? PubSubError else { return false }
      return error.code == .badURL && error.message.contains(part)
        && error.message.hasPrefix("the engine's URL ") && !error.message.contains("topsecret")
    }
  }

  @Test("an option that the engine does not know is named, with those that it knows")
  func options() throws {
    let url = try EngineURL("redis://h?perfix=shop")
    #expect {
      try url.check(options: ["prefix", "sharded"])
    } throws: { error in
      "\(error)".contains("perfix") && "\(error)".contains("prefix, sharded")
    }
    try EngineURL("redis://h?prefix=shop").check(options: ["prefix"])
  }

  @Test("no text crashes the parser, and what it reads has a scheme and servers")
  func fuzz() {
    Fuzz.run { generator in
      let pieces = [
        "redis", "://", ":", "@", "/", "?", "&", "=", "%", "41", "[", "]", ",", "h", "é",
      ]
      let text = (0..<Int.random(in: 0...14, using: &generator))
        .map { _ in pieces.randomElement(using: &generator) ?? "" }.joined()
      do {
        let url = try EngineURL(text)
        #expect(!url.scheme.isEmpty && (!url.servers.isEmpty || url.scheme == "memory"))
        #expect(url.servers.allSatisfy { !$0.host.isEmpty })
      } catch {
        #expect((error as? PubSubError)?.code == .badURL)
      }
    }
  }
}
