// The URL by which a setting names an engine: `redis://:secret@127.0.0.1:6379/2?prefix=shop`. Pure. Its
// description never shows the password, nor a name without one, which may be a token.

/// Where an engine is and how to get in.
public struct EngineURL: Sendable, Hashable, CustomStringConvertible {
  /// A server of the engine.
  public struct Server: Sendable, Hashable {
    public let host: String
    /// nil for the engine's usual port.
    public let port: Int?
  }

  /// In lower case.
  public let scheme: String
  public let user: String?
  public let password: String?
  /// At least one; several, separated by commas, for a cluster. Empty only for `memory`.
  public let servers: [Server]
  /// What follows the first slash, without it: a database, a virtual host.
  public let path: String
  public let options: [String: String]

  /// - Throws: ``PubSubError/Code/badURL`` with one sentence for whoever wrote the URL.
  public init(_ text: String) throws(PubSubError) {
    guard let colon = text.firstRange(of: "://") else {
      throw Self.mistake(
        "has no scheme: write redis://HOST, nats://HOST, amqp://HOST, mongodb://HOST or memory://")
    }
    scheme = text[..<colon.lowerBound].lowercased()
    guard !scheme.isEmpty, scheme.utf8.allSatisfy({ $0 >= 97 && $0 <= 122 || $0 == 43 }) else {
      throw Self.mistake("begins with what is not the name of an engine")
    }
    var rest = text[colon.upperBound...]
    options = try Self.options(Self.cut(&rest, at: "?") ?? "")
    path = try Self.decoded(Self.cut(&rest, at: "/") ?? "")
    let userInfo = rest.lastIndex(of: "@").map { at in
      defer { rest = rest[rest.index(after: at)...] }
      return rest[..<at]
    }
    (user, password) = try Self.credentials(userInfo)
    servers = try Self.servers(rest)
    guard !servers.isEmpty || scheme == "memory" else { throw Self.mistake("names no host") }
  }

  public var description: String {
    let userInfo = password == nil ? "" : user.map { "\($0)@" } ?? ""
    let hosts = servers.map { server in
      let host = server.host.utf8.contains(58) ? "[\(server.host)]" : server.host
      return server.port.map { "\(host):\($0)" } ?? host
    }
    return "\(scheme)://\(userInfo)\(hosts.joined(separator: ","))\(path.isEmpty ? "" : "/\(path)")"
  }

  /// The options must be among `known`.
  public func check(options known: [String]) throws(PubSubError) {
    for name in options.keys.sorted() where !known.contains(name) {
      throw Self.mistake(
        "has an option \(name) that \(scheme) does not know; it knows \(known.joined(separator: ", "))"
      )
    }
  }

  /// A mistake in an engine's URL: a sentence that begins with it.
  public static func mistake(_ predicate: String) -> PubSubError {
    PubSubError(.badURL, "the engine's URL \(predicate)")
  }

  // MARK: Parts

  /// Cuts off what follows the first `separator`; nil without one.
  private static func cut(_ text: inout Substring, at separator: Character) -> Substring? {
    guard let index = text.firstIndex(of: separator) else { return nil }
    defer { text = text[..<index] }
    return text[text.index(after: index)...]
  }

  private static func options(_ text: Substring) throws(PubSubError) -> [String: String] {
    var options: [String: String] = [:]
    for pair in text.split(separator: "&") {
      let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      guard parts.count == 2 else { throw mistake("has an option without a value: \(pair)") }
      let name = try decoded(parts[0])
      guard options.updateValue(try decoded(parts[1]), forKey: name) == nil else {
        throw mistake("has the option \(name) twice")
      }
    }
    return options
  }

  private static func credentials(
    _ text: Substring?
  ) throws(PubSubError) -> (user: String?, password: String?) {
    guard let text else { return (nil, nil) }
    let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    let user = try decoded(parts[0])
    return (user.isEmpty ? nil : user, parts.count == 2 ? try decoded(parts[1]) : nil)
  }

  private static func servers(_ text: Substring) throws(PubSubError) -> [Server] {
    var servers: [Server] = []
    for name in text.split(separator: ",", omittingEmptySubsequences: true) {
      servers.append(try server(name))
    }
    return servers
  }

  private static func server(_ text: Substring) throws(PubSubError) -> Server {
    var host = text
    var port: Substring?
    if text.hasPrefix("[") {
      guard let end = text.firstIndex(of: "]") else { throw mistake("has a [ without a ]") }
      host = text[text.index(after: text.startIndex)..<end]
      let after = text[text.index(after: end)...]
      guard after.isEmpty || after.hasPrefix(":") else { throw mistake("has \(after) after a ]") }
      port = after.isEmpty ? nil : after.dropFirst()
    } else {
      port = cut(&host, at: ":")
    }
    guard !host.isEmpty else { throw mistake("names no host before a port") }
    guard let port else { return Server(host: String(host), port: nil) }
    guard let number = Int(port), (1...65_535).contains(number) else {
      throw mistake("has the port \(port), which is no number from 1 to 65535")
    }
    return Server(host: String(host), port: number)
  }

  /// Percent-decoded.
  private static func decoded(_ text: Substring) throws(PubSubError) -> String {
    guard text.utf8.contains(UInt8(ascii: "%")) else { return String(text) }
    var bytes: [UInt8] = []
    var rest = Array(text.utf8)[...]
    while let byte = rest.popFirst() {
      guard byte == UInt8(ascii: "%") else {
        bytes.append(byte)
        continue
      }
      let digits = rest.prefix(2)
      guard digits.count == 2, let value = UInt8(String(decoding: digits, as: UTF8.self), radix: 16)
      else { throw mistake("has a % that two hexadecimal digits do not follow") }
      bytes.append(value)
      rest = rest.dropFirst(2)
    }
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw mistake("has bytes that are not UTF-8")
    }
    return text
  }
}
