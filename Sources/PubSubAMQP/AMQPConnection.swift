// One connection to a server: logging in, calls that wait for their answer, publishing, and taking what
// comes. AMQPDriver owns two of them, on its thread.

import CAMQPSystem
import Glibc
import NIOCore
import PubSub

/// A connection of librabbitmq. Any method that throws leaves it unusable.
final class AMQPConnection {
  let state: amqp_connection_state_t
  /// What is being received, by channel.
  var partial: [UInt16: AMQPDelivery] = [:]
  /// Why the server takes no publications at the moment.
  var blockedReason: String?

  /// How often both sides show that they are there; twice as long without a sign is the end.
  private static let heartbeatSeconds: Int32 = 4
  /// How long a connection that is given up may take to say so.
  private static let farewell = TimeAmount.milliseconds(100)

  private init(_ state: amqp_connection_state_t) { self.state = state }

  deinit { amqp_destroy_connection(state) }

  static func open(
    to server: EngineURL.Server, _ options: AMQPOptions
  ) throws(PubSubError) -> AMQPConnection {
    guard let state = amqp_new_connection() else {
      throw PubSubError(.unreachable, "no memory for a connection")
    }
    let connection = AMQPConnection(state)
    try connection.reach(server, options)
    try connection.logIn(options)
    return connection
  }

  private func reach(_ server: EngineURL.Server, _ options: AMQPOptions) throws(PubSubError) {
    let socket = options.isEncrypted ? amqp_ssl_socket_new(state) : amqp_tcp_socket_new(state)
    guard let socket else { throw PubSubError(.unreachable, "no memory for a socket") }
    if options.isEncrypted {
      amqp_ssl_socket_set_verify_peer(socket, 1)
      amqp_ssl_socket_set_verify_hostname(socket, 1)
      guard amqp_ssl_socket_set_cacert(socket, options.authorities) == 0 else {
        throw PubSubError(.refused, "the file of authorities \(options.authorities) is of no use")
      }
    }
    let port = server.port ?? (options.isEncrypted ? 5671 : 5672)
    var time = timeval(EngineDriverLimits.connect)
    let status = amqp_socket_open_noblock(socket, server.host, Int32(port), &time)
    guard status == 0 else {
      throw Self.error(status, during: "reaching \(server.host):\(port)")
    }
  }

  private func logIn(_ options: AMQPOptions) throws(PubSubError) {
    var time = timeval(EngineDriverLimits.connect)
    amqp_set_handshake_timeout(state, &time)
    time = timeval(EngineDriverLimits.answer)
    amqp_set_rpc_timeout(state, &time)
    let reply = AMQPLogIn(
      state, options.virtualHost, Self.heartbeatSeconds, options.user, options.password)
    try check(reply, "logging in")
  }

  /// Says goodbye, if the server listens; what was sent before then arrives.
  func close() {
    var time = timeval(Self.farewell)
    amqp_set_rpc_timeout(state, &time)
    amqp_connection_close(state, Int32(AMQP_REPLY_SUCCESS))
  }

  /// Whether something came while the answer to a call was waited for.
  var hasQueued: Bool { amqp_frames_enqueued(state) != 0 }

  /// Forgets what has come in part on a channel that was closed.
  func forgetPartial(on channel: UInt16) { partial[channel] = nil }

  /// What to wait at until something has come.
  var descriptor: Int32 { amqp_get_sockfd(state) }

  // MARK: Calls

  /// Makes a call of the library that waits for the server's answer.
  func call(_ purpose: String, _ body: (AMQPArguments) -> Void) throws(PubSubError) {
    let arguments = AMQPArguments()
    body(arguments)
    withExtendedLifetime(arguments) {}
    try check(amqp_get_rpc_reply(state), purpose)
  }

  /// Sends a method without waiting for an answer.
  func send<Method: BitwiseCopyable>(
    _ method: Method, _ number: amqp_method_number_t, on channel: UInt16
  ) throws(PubSubError) {
    var method = method
    try check(amqp_send_method(state, channel, number, &method), "sending")
  }

  func openChannel(_ channel: UInt16) throws(PubSubError) {
    try call("opening a channel") { _ in amqp_channel_open(state, channel) }
  }

  /// Begins to receive what is in a queue.
  ///
  /// - Parameters:
  ///   - offset: where a stream begins.
  ///   - most: how many messages may be unacknowledged; nil when none is acknowledged.
  func consume(
    _ queue: String, on channel: UInt16, from offset: AMQPArguments.Value? = nil, most: UInt16?
  ) throws(PubSubError) {
    if let most {
      try call("limiting deliveries") { _ in amqp_basic_qos(state, channel, 0, most, 0) }
    }
    try call("receiving from \(queue)") { arguments in
      let table = arguments.table(offset.map { [("x-stream-offset", $0)] } ?? [])
      amqp_basic_consume(
        state, channel, arguments.bytes(queue), arguments.bytes("c\(channel)"), 0,
        most == nil ? 1 : 0, 0, table)
    }
  }

  /// Acknowledges all up to a delivery.
  func acknowledge(_ tag: UInt64, on channel: UInt16) throws(PubSubError) {
    try check(amqp_basic_ack(state, channel, tag, 1), "acknowledging")
  }

  /// Sends a message.
  ///
  /// - Parameter mustArrive: the server is to send it back when no queue takes it.
  func publish(
    _ message: ByteBuffer, to exchange: amqp_bytes_t, key: amqp_bytes_t, on channel: UInt16,
    mustArrive: Bool = false
  ) throws(PubSubError) {
    let status = message.withUnsafeReadableBytes { bytes in
      let body = amqp_bytes_t(
        len: bytes.count, bytes: UnsafeMutableRawPointer(mutating: bytes.baseAddress))
      return amqp_basic_publish(state, channel, exchange, key, mustArrive ? 1 : 0, 0, nil, body)
    }
    try check(status, "publishing")
  }
}

extension timeval {
  init(_ time: TimeAmount) {
    self.init(
      tv_sec: Int(time.nanoseconds / 1_000_000_000),
      tv_usec: Int(time.nanoseconds % 1_000_000_000 / 1_000))
  }
}
