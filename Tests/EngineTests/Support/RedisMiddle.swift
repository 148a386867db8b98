import PubSub
import PubSubRedis

/// A Redis server behind a breaker; what the nodes leave there has a prefix of its own.
struct RedisMiddle: TestMiddle {
  let prefix: String
  private let server: EngineURL
  private let breaker: LinkBreaker

  static func between(_ server: EngineURL) async throws -> RedisMiddle {
    let address = try RedisConsole.address(of: server)
    return RedisMiddle(
      prefix: "test-\(UInt64.random(in: 0...UInt64.max))", server: server,
      breaker: try await LinkBreaker.to(address.host, port: address.port))
  }

  /// The URL that nodes are given.
  ///
  /// - Parameters:
  ///   - credentials: what stands before the host, with its @.
  ///   - database: another database than the tests have.
  func url(credentials: String = "", database: String? = nil) throws(PubSubError) -> EngineURL {
    let path = database ?? server.path
    return try EngineURL("redis://\(credentials)127.0.0.1:\(breaker.port)/\(path)?prefix=\(prefix)")
  }

  func engine(
    limits: EngineLimits, receiver: any EngineSubscriber
  ) throws(PubSubError) -> any Engine {
    try RedisEngine.make(try url(), limits: limits, receiver: receiver)
  }

  func cut() async throws { try await breaker.cut() }
  func stall() async throws { try await breaker.stall() }
  func mend() async throws { try await breaker.mend() }

  func end() async throws {
    try await breaker.end()
    try forget()
  }

  /// Ends the breaker alone, when the server ends, too.
  func unlink() async throws { try await breaker.end() }

  /// A way to the server past the nodes.
  func console() throws -> RedisConsole { try RedisConsole(server) }

  /// Removes all that the nodes have left on the server.
  func forget() throws {
    let console = try console()
    for key in try console.keys("\(prefix):*") { try console.run("DEL", key) }
  }
}
