// What a URL says of a NATS engine, checked. Pure.

import NIOCore
import PubSub

/// Where the servers are, how to get in, and how much their stream keeps.
struct NATSSettings: Sendable, Equatable {
  /// What JetStream keeps of all channels together.
  struct Kept: Sendable, Equatable {
    var age = TimeAmount.hours(24)
    var bytes: Int64 = 1 << 30
    /// -1 for as many as fit.
    var messages: Int64 = -1
    /// How long a publication that is sent again is known.
    var duplicates = TimeAmount.seconds(30)
    var replicas = 1
    var isInMemory = false
  }

  /// `nats://HOST:PORT` each, without credentials.
  let servers: [String]
  let user: String?
  /// The password, or without a user the token.
  let secret: String?
  let usesTLS: Bool
  /// The path of a file of certificates to trust.
  let authority: String?
  /// The path of a file of user credentials (a JWT and a seed).
  let credentials: String?
  /// What all subjects begin with, and what the stream is called.
  let prefix: String
  let kept: Kept

  static let options = [
    "prefix", "age", "bytes", "messages", "duplicates", "replicas", "storage", "tls", "ca", "creds",
  ]

  /// - Throws: ``PubSubError/Code/badURL`` with one sentence.
  init(_ url: EngineURL, limits: EngineLimits) throws(PubSubError) {
    guard url.scheme == "nats" else { throw EngineURL.mistake("is not one of NATS: \(url.scheme)") }
    try url.check(options: Self.options)
    guard url.path.isEmpty else {
      throw EngineURL.mistake("has a path, which NATS knows nothing of: /\(url.path)")
    }
    servers = url.servers.map { server in
      let host = server.host.utf8.contains(UInt8(ascii: ":")) ? "[\(server.host)]" : server.host
      return "nats://\(host):\(server.port ?? 4222)"
    }
    // A name alone is a token, as NATS has it.
    user = url.password == nil ? nil : url.user
    secret = url.password ?? url.user
    usesTLS = try Self.choice("tls", of: ["false", "true"], in: url) == 1
    authority = url.options["ca"]
    credentials = url.options["creds"]
    prefix = try Self.prefix(url)
    kept = try Self.kept(url, patience: limits.patience)
  }

  private static func prefix(_ url: EngineURL) throws(PubSubError) -> String {
    let prefix = url.options["prefix"] ?? "perigee"
    let isPlain = prefix.utf8.allSatisfy { byte in
      switch byte {
      case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x5F: true
      default: false
      }
    }
    guard (1...64).contains(prefix.utf8.count), isPlain else {
      throw EngineURL.mistake(
        "has a prefix that is not 1 to 64 letters, digits, - and _: \(prefix)")
    }
    return prefix
  }

  private static func kept(_ url: EngineURL, patience: TimeAmount) throws(PubSubError) -> Kept {
    var kept = Kept()
    kept.age = try duration("age", in: url) ?? kept.age
    kept.bytes = try size("bytes", in: url) ?? kept.bytes
    kept.messages = try count("messages", in: 1...Int64.max, of: url) ?? kept.messages
    let window = Swift.max(kept.duplicates, patience + .seconds(15))
    kept.duplicates = try duration("duplicates", in: url) ?? Swift.min(window, kept.age)
    guard kept.duplicates <= kept.age else {
      throw EngineURL.mistake("knows duplicates for longer than its age keeps them")
    }
    kept.replicas = Int(try count("replicas", in: 1...5, of: url) ?? 1)
    kept.isInMemory = try choice("storage", of: ["file", "memory"], in: url) == 1
    return kept
  }

  // MARK: Values

  /// The index of the option's value; 0 without one.
  private static func choice(
    _ name: String, of values: [String], in url: EngineURL
  ) throws(PubSubError) -> Int {
    guard let value = url.options[name] else { return 0 }
    guard let index = values.firstIndex(of: value) else {
      throw EngineURL.mistake(
        "has \(name)=\(value), which is neither \(values.joined(separator: " nor "))")
    }
    return index
  }

  private static func count(
    _ name: String, in range: ClosedRange<Int64>, of url: EngineURL
  ) throws(PubSubError) -> Int64? {
    guard let text = url.options[name] else { return nil }
    guard let value = Int64(text), range.contains(value) else {
      let most = range.upperBound == .max ? "" : " to \(range.upperBound)"
      throw EngineURL.mistake(
        "has \(name)=\(text), which is no number from \(range.lowerBound)\(most)")
    }
    return value
  }

  private static func duration(
    _ name: String, in url: EngineURL
  ) throws(PubSubError) -> TimeAmount? {
    let units: [Character: Int64] = ["s": 1, "m": 60, "h": 3_600, "d": 86_400]
    guard let seconds = try quantity(name, units: units, like: "90s, 15m, 24h or 7d", in: url)
    else {
      return nil
    }
    return .seconds(Swift.min(seconds, 100 * 365 * 86_400))
  }

  private static func size(_ name: String, in url: EngineURL) throws(PubSubError) -> Int64? {
    let units: [Character: Int64] = ["K": 1 << 10, "M": 1 << 20, "G": 1 << 30, "T": 1 << 40]
    return try quantity(name, units: units, like: "512M or 4G", in: url)
  }

  /// A number and its unit.
  private static func quantity(
    _ name: String, units: [Character: Int64], like example: String, in url: EngineURL
  ) throws(PubSubError) -> Int64? {
    guard let text = url.options[name] else { return nil }
    guard let last = text.last, let unit = units[last], let number = Int64(text.dropLast()),
      number > 0
    else { throw EngineURL.mistake("has \(name)=\(text), which is not like \(example)") }
    let (value, isOver) = number.multipliedReportingOverflow(by: unit)
    guard !isOver else { throw EngineURL.mistake("has \(name)=\(text), which is too much") }
    return value
  }
}
