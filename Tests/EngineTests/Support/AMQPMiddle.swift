import CAMQPSystem
import NIOCore
import PubSub
import PubSubAMQP

/// Nodes that meet in RabbitMQ, under a prefix of their own.
struct AMQPMiddle: TestMiddle {
  private let breaker: LinkBreaker
  private let server: EngineURL
  let prefix: String
  private let user: String
  private let options: String

  /// - Parameters:
  ///   - user: a name and a password.
  ///   - options: more of them, each with an `&` before it.
  init(_ url: String, user: String = "guest:guest", options: String = "") async throws {
    server = try EngineURL(url)
    prefix = "test-\(String(UInt64.random(in: 1...UInt64.max), radix: 16))"
    self.user = user
    self.options = options
    breaker = try await LinkBreaker.to(server.servers[0].host, port: server.servers[0].port ?? 5672)
  }

  /// The URL of the breaker.
  private func url() throws(PubSubError) -> EngineURL {
    let path = server.path.isEmpty ? "" : "/\(server.path)"
    return try EngineURL(
      "amqp://\(user)@127.0.0.1:\(breaker.port)\(path)?prefix=\(prefix)\(options)")
  }

  func engine(
    limits: EngineLimits, receiver: any EngineSubscriber
  ) throws(PubSubError) -> any Engine {
    try AMQPEngine.make(try url(), limits: limits, receiver: receiver)
  }

  func cut() async throws { try await breaker.cut() }
  func stall() async throws { try await breaker.stall() }
  func mend() async throws { try await breaker.mend() }

  func end() async throws {
    try await breaker.end()
    let program = try AMQPProgram(server)
    program.deleteStream("\(prefix).kept")
    program.deleteExchange("\(prefix).live")
  }

  /// Another program with a connection of its own to the server.
  func program() throws -> AMQPProgram { try AMQPProgram(server) }
}

/// A program that is no node and does to the server what nodes do not.
final class AMQPProgram {
  /// What it is that failed.
  struct Failure: Error { let what: String }

  private let state: amqp_connection_state_t

  init(_ url: EngineURL) throws {
    guard let state = amqp_new_connection() else { throw Failure(what: "memory") }
    self.state = state
    let port = Int32(url.servers[0].port ?? 5672)
    guard let socket = amqp_tcp_socket_new(state),
      amqp_socket_open(socket, url.servers[0].host, port) == 0
    else { throw Failure(what: "reaching \(url)") }
    let reply = AMQPLogIn(
      state, url.path.isEmpty ? "/" : url.path, 0, url.user ?? "guest", url.password ?? "guest")
    guard reply.reply_type == AMQP_RESPONSE_NORMAL else { throw Failure(what: "logging in") }
    amqp_channel_open(state, 1)
  }

  deinit {
    amqp_connection_close(state, Int32(AMQP_REPLY_SUCCESS))
    amqp_destroy_connection(state)
  }

  func deleteStream(_ name: String) {
    name.withAMQPBytes { _ = amqp_queue_delete(state, 1, $0, 0, 0) }
  }

  func deleteExchange(_ name: String) {
    name.withAMQPBytes { _ = amqp_exchange_delete(state, 1, $0, 0) }
  }

  func publish(_ text: String, to exchange: String, key: String) {
    exchange.withAMQPBytes { exchange in
      key.withAMQPBytes { key in
        text.withAMQPBytes { body in
          _ = amqp_basic_publish(state, 1, exchange, key, 0, 0, nil, body)
        }
      }
    }
  }
}

extension String {
  fileprivate func withAMQPBytes(_ body: (amqp_bytes_t) -> Void) {
    var text = self
    text.withUTF8 { utf8 in
      body(
        amqp_bytes_t(len: utf8.count, bytes: UnsafeMutableRawPointer(mutating: utf8.baseAddress)))
    }
  }
}
