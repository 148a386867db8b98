// What a driver has on a server while its link holds: one connection for publishing and one for
// receiving, so that neither holds up the other, with what is declared there.

import CAMQPSystem
import NIOCore
import PubSub

/// The channels of both connections.
enum AMQPChannel {
  static let control: UInt16 = 1
  static let live: UInt16 = 2
  static let kept: UInt16 = 3
  /// For a look into the stream's past.
  static let history: UInt16 = 4
  /// For what may fail.
  static let trial: UInt16 = 5
}

/// Two connections to one server.
final class AMQPLink {
  let publishing: AMQPConnection
  let consuming: AMQPConnection
  private let options: AMQPOptions
  private let liveQueue: String

  private let names = AMQPArguments()
  private let exchange: amqp_bytes_t
  private let stream: amqp_bytes_t
  /// How many patterns need a binding.
  private var bindings: [String: Int] = [:]

  /// Messages of a stream that may be unacknowledged.
  static let prefetch: UInt16 = 256
  /// What the server keeps for a node that does not read what is only for now.
  private static let liveBytes: Int64 = 32 << 20
  /// The stream forgets by the segment.
  private static let segmentsKept: Int64 = 16
  private static let mostSegmentBytes: Int64 = 100_000_000

  /// - Parameter node: names the node; it has one link at a time, the server sees to that.
  init(
    to server: EngineURL.Server, _ options: AMQPOptions, node: UInt64
  ) throws(PubSubError) {
    self.options = options
    liveQueue = options.liveQueue(.random(in: 1...UInt64.max))
    exchange = names.bytes(options.liveExchange)
    stream = names.bytes(options.keptStream)
    publishing = try AMQPConnection.open(to: server, options)
    consuming = try AMQPConnection.open(to: server, options)
    try beginPublishing(node)
    try declareStream()
    try beginConsuming()
  }

  func close() { publishing.close() }

  private func beginPublishing(_ node: UInt64) throws(PubSubError) {
    for channel in [AMQPChannel.control, AMQPChannel.live, AMQPChannel.kept] {
      try publishing.openChannel(channel)
    }
    try lock(node)
    try publishing.call("asking for confirmations") { _ in
      amqp_confirm_select(publishing.state, AMQPChannel.kept)
    }
    try publishing.call("declaring the exchange \(options.liveExchange)") { arguments in
      amqp_exchange_declare(
        publishing.state, AMQPChannel.control, exchange, arguments.bytes("topic"), 0, 1, 0, 0,
        amqp_empty_table)
    }
  }

  /// Waits for the end of this node's last link, which may still have publications on their way.
  private func lock(_ node: UInt64) throws(PubSubError) {
    do throws(PubSubError) {
      try publishing.call("taking the node's place") { arguments in
        amqp_queue_declare(
          publishing.state, AMQPChannel.control, arguments.bytes(options.lockQueue(node)), 0, 0, 1,
          0, amqp_empty_table)
      }
    } catch {
      guard (error.underlying as? AMQPRefusal)?.isLocked == true else { throw error }
      throw PubSubError(.unreachable, "the server has not noticed the end of the last link yet")
    }
  }

  /// Makes the stream, or takes the one that is there, whatever it keeps.
  private func declareStream() throws(PubSubError) {
    try consuming.openChannel(AMQPChannel.control)
    try consuming.openChannel(AMQPChannel.trial)
    do throws(PubSubError) {
      try consuming.call("declaring the stream \(options.keptStream)") { arguments in
        let table = arguments.table([
          ("x-queue-type", .text("stream")), ("x-max-age", .text(options.streamAge)),
          ("x-max-length-bytes", .number(options.streamBytes)),
          (
            "x-stream-max-segment-size-bytes",
            .number(min(options.streamBytes / Self.segmentsKept, Self.mostSegmentBytes))
          ),
        ])
        amqp_queue_declare(consuming.state, AMQPChannel.trial, stream, 0, 1, 0, 0, table)
      }
    } catch {
      guard (error.underlying as? AMQPRefusal)?.isOtherQueue == true else { throw error }
      try consuming.send(
        amqp_channel_close_ok_t(), AMQPChannelCloseOk, on: AMQPChannel.trial)
    }
  }

  private func beginConsuming() throws(PubSubError) {
    try consuming.openChannel(AMQPChannel.live)
    try consuming.openChannel(AMQPChannel.kept)
    try consuming.call("declaring a queue") { arguments in
      amqp_queue_declare(
        consuming.state, AMQPChannel.control, arguments.bytes(liveQueue), 0, 0, 1, 1,
        arguments.table([("x-max-length-bytes", .number(Self.liveBytes))]))
    }
    try consuming.consume(liveQueue, on: AMQPChannel.live, most: nil)
  }

  // MARK: The stream

  func publishKept(_ message: ByteBuffer) throws(PubSubError) {
    try publishing.publish(
      message, to: amqp_empty_bytes, key: stream, on: AMQPChannel.kept, mustArrive: true)
  }

  /// Begins to follow the stream.
  func follow(from message: UInt64?) throws(PubSubError) {
    try consuming.consume(
      options.keptStream, on: AMQPChannel.kept,
      from: message.map { .number(Int64(clamping: $0)) } ?? .text("next"), most: Self.prefetch)
  }

  /// Begins to read the stream's past.
  func openHistory(from place: AMQPArguments.Value) throws(PubSubError) {
    try consuming.openChannel(AMQPChannel.history)
    try consuming.consume(
      options.keptStream, on: AMQPChannel.history, from: place, most: Self.prefetch)
  }

  /// Ends it; what was on its way for it comes before anything else, and is not for the next.
  func closeHistory() throws(PubSubError) {
    try consuming.check(
      amqp_channel_close(consuming.state, AMQPChannel.history, Int32(AMQP_REPLY_SUCCESS)),
      "ending to read the stream")
  }

  // MARK: What is only for now

  func publishLive(_ message: ByteBuffer, on channel: String) throws(PubSubError) {
    let arguments = AMQPArguments()
    let key = arguments.bytes(RoutingKey.key(of: channel))
    defer { withExtendedLifetime(arguments) {} }
    try publishing.publish(message, to: exchange, key: key, on: AMQPChannel.live)
  }

  /// Binds for patterns; they are bound when this returns.
  func bind(_ patterns: [ChannelPattern]) throws(PubSubError) {
    var fresh: [String] = []
    for key in patterns.flatMap(RoutingKey.bindings) {
      if bindings[key] == nil { fresh.append(key) }
      bindings[key, default: 0] += 1
    }
    guard let last = fresh.popLast() else { return }
    let arguments = AMQPArguments()
    defer { withExtendedLifetime(arguments) {} }
    let queue = arguments.bytes(liveQueue)
    for key in fresh {
      try consuming.send(
        amqp_queue_bind_t(
          ticket: 0, queue: queue, exchange: exchange, routing_key: arguments.bytes(key), nowait: 1,
          arguments: amqp_empty_table), AMQPQueueBind, on: AMQPChannel.control)
    }
    try consuming.call("binding") { arguments in
      amqp_queue_bind(
        consuming.state, AMQPChannel.control, queue, exchange, arguments.bytes(last),
        amqp_empty_table)
    }
  }

  /// Ends bindings that no pattern needs any more.
  func unbind(_ patterns: [ChannelPattern]) throws(PubSubError) {
    let arguments = AMQPArguments()
    defer { withExtendedLifetime(arguments) {} }
    for key in patterns.flatMap(RoutingKey.bindings) {
      guard let count = bindings[key] else { continue }
      bindings[key] = count > 1 ? count - 1 : nil
      guard count == 1 else { continue }
      try consuming.send(
        amqp_queue_unbind_t(
          ticket: 0, queue: arguments.bytes(liveQueue), exchange: exchange,
          routing_key: arguments.bytes(key), arguments: amqp_empty_table), AMQPQueueUnbind,
        on: AMQPChannel.control)
    }
  }
}
