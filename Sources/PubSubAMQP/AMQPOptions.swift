// What a URL such as `amqp://user:secret@host:5672/vhost?prefix=shop` asks for. Pure.

import PubSub

/// Where the server is, how to get in, and under which names things are kept there.
struct AMQPOptions: Sendable {
  let servers: [EngineURL.Server]
  let user: String
  let password: String
  let virtualHost: String
  let isEncrypted: Bool
  /// The file with the authorities that an encrypted server's certificate is checked by.
  let authorities: String
  let prefix: String
  /// How long the stream keeps publications, as RabbitMQ writes it: `24h`.
  let streamAge: String
  /// How many bytes the stream keeps.
  let streamBytes: Int64

  static let names = ["prefix", "max-age", "max-bytes", "ca"]

  private static let defaultAge = "24h"
  private static let defaultBytes: Int64 = 1 << 30
  private static let leastBytes: Int64 = 1_000_000
  private static let systemAuthorities = "/etc/ssl/certs/ca-certificates.crt"

  init(_ url: EngineURL) throws(PubSubError) {
    guard url.scheme == "amqp" || url.scheme == "amqps" else {
      throw EngineURL.mistake("begins with \(url.scheme), where amqp or amqps is meant")
    }
    try url.check(options: Self.names)
    servers = url.servers
    user = url.user ?? "guest"
    password = url.password ?? (url.user == nil ? "guest" : "")
    virtualHost = url.path.isEmpty ? "/" : url.path
    isEncrypted = url.scheme == "amqps"
    guard isEncrypted || url.options["ca"] == nil else {
      throw EngineURL.mistake("has the option ca, which is for amqps only")
    }
    authorities = url.options["ca"] ?? Self.systemAuthorities
    prefix = try Self.prefix(url.options["prefix"] ?? "perigee")
    streamAge = try Self.age(url.options["max-age"] ?? Self.defaultAge)
    streamBytes = try Self.bytes(url.options["max-bytes"])
    for text in [user, password, virtualHost, authorities] where text.utf8.contains(0) {
      throw EngineURL.mistake("has a zero byte in it")
    }
  }

  private static func prefix(_ text: String) throws(PubSubError) -> String {
    let isPlain = text.utf8.allSatisfy { byte in
      switch byte {
      case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F: true
      default: false
      }
    }
    guard isPlain, (1...64).contains(text.utf8.count), !text.hasPrefix("amq.") else {
      throw EngineURL.mistake(
        "has the prefix \(text); write 1 to 64 letters, digits, dots, dashes or underscores")
    }
    return text
  }

  private static func age(_ text: String) throws(PubSubError) -> String {
    guard let unit = text.last, "YMDhms".contains(unit), let number = Int(text.dropLast()),
      number > 0
    else {
      throw EngineURL.mistake("has the max-age \(text); write a number and Y, M, D, h, m or s")
    }
    return text
  }

  private static func bytes(_ text: String?) throws(PubSubError) -> Int64 {
    guard let text else { return defaultBytes }
    guard let number = Int64(text), number >= leastBytes else {
      throw EngineURL.mistake("has the max-bytes \(text); write a number from \(leastBytes)")
    }
    return number
  }

  // MARK: Names on the server

  /// The topic exchange of what is only for now.
  var liveExchange: String { "\(prefix).live" }

  /// The stream of what is kept.
  var keptStream: String { "\(prefix).kept" }

  /// The queue by which a link receives what is only for now.
  func liveQueue(_ link: UInt64) -> String { "\(prefix).live.\(String(link, radix: 16))" }

  /// The queue that only one link of a node can have at a time.
  func lockQueue(_ node: UInt64) -> String { "\(prefix).node.\(String(node, radix: 16))" }
}
