import PubSub

/// What a URL says of a Redis server. Pure.
struct RedisSettings: Sendable, Equatable {
  static let usualPort = 6_379
  static let usualPrefix = "perigee"
  private static let longestPrefix = 64

  let host: String
  let port: Int
  let user: String?
  let password: String?
  let database: Int
  /// What all names on the server begin with.
  let prefix: String

  /// - Throws: ``PubSubError/Code/badURL`` with one sentence.
  init(_ url: EngineURL) throws(PubSubError) {
    try Self.check(scheme: url.scheme)
    try url.check(options: ["prefix"])
    guard url.servers.count == 1, let server = url.servers.first else {
      throw EngineURL.mistake("names several hosts, but a redis engine has one")
    }
    if url.user != nil && url.password == nil {
      throw EngineURL.mistake(
        "has a user without a password: write redis://USER:PASSWORD@HOST or redis://:PASSWORD@HOST")
    }
    host = server.host
    port = server.port ?? Self.usualPort
    user = url.user
    password = url.password
    database = try Self.database(url.path)
    prefix = try Self.prefix(url.options["prefix"])
  }

  private static func check(scheme: String) throws(PubSubError) {
    if scheme == "rediss" {
      throw EngineURL.mistake(
        "asks for TLS, which the Redis library here (hiredis 0.14) does not have: write redis:// and "
          + "reach the server through a tunnel or a private network")
    }
    guard scheme == RedisDriver.scheme else {
      throw EngineURL.mistake("begins with \(scheme)://, but a redis engine's with redis://")
    }
  }

  private static func database(_ path: String) throws(PubSubError) -> Int {
    if path.isEmpty { return 0 }
    guard path.utf8.allSatisfy({ $0 >= 48 && $0 <= 57 }), let number = Int(path), number < 1 << 31
    else {
      throw EngineURL.mistake("has the database \(path), which is no number from 0 on")
    }
    return number
  }

  private static func prefix(_ text: String?) throws(PubSubError) -> String {
    let prefix = text ?? usualPrefix
    guard (1...longestPrefix).contains(prefix.utf8.count), prefix.utf8.allSatisfy(isPlain) else {
      throw EngineURL.mistake(
        "has a prefix that is not 1 to \(longestPrefix) letters, digits, dots, dashes and underscores"
      )
    }
    return prefix
  }

  private static func isPlain(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F: true
    default: false
    }
  }
}
