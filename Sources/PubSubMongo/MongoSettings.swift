// What a URL such as `mongodb://user:secret@host:27017/database?prefix=shop` asks for. Pure.

import PubSub

/// Where the servers are, how to get in, under which names things are kept there, and how safely.
struct MongoSettings: Sendable {
  let isServiceName: Bool
  let servers: [EngineURL.Server]
  let user: String?
  let password: String?
  let database: String
  /// What the names of all collections begin with.
  let prefix: String
  /// How many bytes the log is made for.
  let logBytes: Int64
  let concern: WriteConcern
  /// What the client library is told, by MongoDB's own names.
  let driverOptions: [String: String]

  /// What the server has done with a publication when it counts as taken.
  struct WriteConcern: Sendable, Equatable {
    /// How many servers have it, if `w` is a number.
    let count: Int32?
    /// `majority`, or the name of a rule of the servers.
    let rule: String?
    let isJournaled: Bool
  }

  private static let ownOptions = ["prefix", "size", "w", "journal"]
  private static let passedOptions = [
    "appName", "authMechanism", "authMechanismProperties", "authSource", "compressors",
    "directConnection", "readConcernLevel", "replicaSet", "srvServiceName", "ssl", "tls",
    "tlsAllowInvalidCertificates", "tlsAllowInvalidHostnames", "tlsCAFile", "tlsCertificateKeyFile",
    "tlsCertificateKeyFilePassword", "tlsInsecure", "zlibCompressionLevel",
  ]

  private static let usualName = "perigee"
  private static let usualBytes: Int64 = 256 << 20
  private static let leastBytes: Int64 = 1 << 20
  private static let longestName = 40

  /// - Throws: ``PubSubError/Code/badURL`` with one sentence.
  init(_ url: EngineURL) throws(PubSubError) {
    guard url.scheme == "mongodb" || url.scheme == "mongodb+srv" else {
      throw EngineURL.mistake("begins with \(url.scheme), where mongodb or mongodb+srv is meant")
    }
    try url.check(options: Self.ownOptions + Self.passedOptions)
    isServiceName = url.scheme == "mongodb+srv"
    servers = url.servers
    guard !isServiceName || servers.count == 1 && servers[0].port == nil else {
      throw EngineURL.mistake(
        "names servers or a port, where mongodb+srv has one name by which both are found")
    }
    (user, password) = (url.user, url.password)
    database = try Self.name(url.path.isEmpty ? Self.usualName : url.path, "database")
    prefix = try Self.name(url.options["prefix"] ?? Self.usualName, "prefix")
    logBytes = try Self.bytes(url.options["size"])
    concern = try Self.concern(url.options["w"], journal: url.options["journal"])
    driverOptions = url.options.filter { Self.passedOptions.contains($0.key) }
  }

  /// Names that need no care, neither on the server nor in commands of an operator.
  private static func name(_ text: String, _ what: String) throws(PubSubError) -> String {
    let isPlain = text.utf8.allSatisfy { byte in
      switch byte {
      case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x5F: true
      default: false
      }
    }
    guard isPlain, (1...longestName).contains(text.utf8.count) else {
      throw EngineURL.mistake(
        "has a \(what) that is not 1 to \(longestName) letters, digits, dashes or underscores")
    }
    return text
  }

  private static func bytes(_ text: String?) throws(PubSubError) -> Int64 {
    guard let text else { return usualBytes }
    let shifts: [Character: Int64] = ["K": 10, "M": 20, "G": 30]
    let shift = text.last.flatMap { shifts[$0] }
    let digits = shift == nil ? text[...] : text.dropLast()
    guard let number = Int64(digits), number > 0, number <= Int64.max >> 40,
      number << (shift ?? 0) >= leastBytes
    else {
      throw EngineURL.mistake("has the size \(text); write a number of bytes from 1M, as in 256M")
    }
    return number << (shift ?? 0)
  }

  private static func concern(
    _ text: String?, journal: String?
  ) throws(PubSubError) -> WriteConcern {
    guard [nil, "true", "false"].contains(journal) else {
      throw EngineURL.mistake("has a journal that is neither true nor false")
    }
    let count = text.flatMap { Int32($0) }
    if let count, !(1...50).contains(count) {
      throw EngineURL.mistake("has the w \(count); write a number of servers from 1, or majority")
    }
    return WriteConcern(
      count: count, rule: count == nil ? text ?? "majority" : nil, isJournaled: journal != "false")
  }
}

// MARK: Names on the server

extension MongoSettings {
  /// The collection that says which log is the present one.
  var stateCollection: String { "\(prefix).state" }

  /// The capped collection of what is kept.
  func logCollection(_ epoch: String) -> String { "\(prefix).log.\(epoch)" }

  /// The capped collection of what is only for now.
  func liveCollection(_ epoch: String) -> String { "\(prefix).live.\(epoch)" }

  /// What only the present log's collections are called.
  func collections(_ epoch: String) -> [String] {
    [logCollection(epoch), liveCollection(epoch)]
  }
}
