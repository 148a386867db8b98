import CNATSSystem
import PubSub
import PubSubNATS

/// The nodes of a NATS server, behind a breaker, with a prefix of their own.
struct NATSMiddle: TestMiddle {
  let prefix = "test-\(UInt32.random(in: 0 ... .max))"
  private let server: String
  private let breaker: LinkBreaker
  private let options: String

  /// - Parameter options: more options of the URL, such as `&bytes=1M`.
  init(to url: String, options: String = "&bytes=64M") async throws {
    let parsed = try EngineURL(url)
    breaker = try await LinkBreaker.to(
      parsed.servers[0].host, port: parsed.servers[0].port ?? 4222)
    server = url
    self.options = options
  }

  func engine(
    limits: EngineLimits, receiver: any EngineSubscriber
  ) throws(PubSubError) -> any Engine {
    let url = try EngineURL(
      "nats://127.0.0.1:\(breaker.port)?prefix=\(prefix)\(options)")
    return try NATSEngine.make(url, limits: limits, receiver: receiver)
  }

  func cut() async throws { try await breaker.cut() }
  func stall() async throws { try await breaker.stall() }
  func mend() async throws { try await breaker.mend() }

  func end() async throws {
    try await breaker.end()
    deleteStream()
  }

  /// What another program may do to the server.
  func deleteStream() { NATSProbe(server).ask("$JS.API.STREAM.DELETE.\(prefix)") }
}

/// Another program that speaks to a NATS server.
struct NATSProbe {
  private let url: String

  init(_ url: String) { self.url = url }

  /// - Returns: the answer.
  @discardableResult
  func ask(_ subject: String, _ body: String = "") -> String? {
    with { connection in
      var reply: OpaquePointer?
      guard natsConnection_RequestString(&reply, connection, subject, body, 5_000) == NATS_OK else {
        return nil
      }
      defer { natsMsg_Destroy(reply) }
      return natsMsg_GetData(reply).map { String(cString: $0) }
    }
  }

  func publish(_ bytes: [UInt8], to subject: String) {
    with { connection in
      natsConnection_Publish(connection, subject, bytes, Int32(bytes.count))
      natsConnection_FlushTimeout(connection, 5_000)
    }
  }

  @discardableResult
  private func with<Result>(_ body: (OpaquePointer?) -> Result?) -> Result? {
    var connection: OpaquePointer?
    guard natsConnection_ConnectTo(&connection, url) == NATS_OK else { return nil }
    defer { natsConnection_Destroy(connection) }
    return body(connection)
  }
}
