// Frames as they come, put together.

import CAMQPSystem
import Glibc
import NIOCore
import PubSub

/// What a server sends of its own accord.
enum AMQPEvent {
  case delivery(AMQPDelivery)
  /// It has taken a message.
  case taken
  /// It has not taken a message, or no queue was there for it.
  case refused
  /// It will deliver nothing more to a consumer, whose queue is gone.
  case cancelled
}

/// A message that was delivered.
struct AMQPDelivery {
  let channel: UInt16
  let tag: UInt64
  /// Its place, when it came from a stream.
  fileprivate(set) var streamOffset: UInt64?
  fileprivate(set) var body = ByteBuffer()
  fileprivate var size = 0

  fileprivate var isWhole: Bool { body.readableBytes >= size }
}

extension AMQPConnection {
  /// What has come next; nil when nothing comes in time.
  func next(within wait: TimeAmount = .zero) throws(PubSubError) -> AMQPEvent? {
    while true {
      var frame = amqp_frame_t()
      var time = timeval(wait)
      let status = amqp_simple_wait_frame_noblock(state, &frame, &time)
      if status == AMQP_STATUS_TIMEOUT.rawValue { return nil }
      try check(status, "receiving")
      if let event = try take(frame) { return event }
    }
  }

  private func take(_ frame: amqp_frame_t) throws(PubSubError) -> AMQPEvent? {
    switch Int32(frame.frame_type) {
    case AMQP_FRAME_METHOD:
      defer { amqp_maybe_release_buffers_on_channel(state, frame.channel) }
      return try take(frame.payload.method, on: frame.channel)
    case AMQP_FRAME_HEADER:
      partial[frame.channel]?.begin(frame)
    case AMQP_FRAME_BODY:
      let bytes = UnsafeRawBufferPointer(
        start: frame.payload.body_fragment.bytes, count: frame.payload.body_fragment.len)
      partial[frame.channel]?.body.writeBytes(bytes)
    default:
      return nil
    }
    return delivered(on: frame.channel)
  }

  private func delivered(on channel: UInt16) -> AMQPEvent? {
    guard let delivery = partial[channel], delivery.isWhole else { return nil }
    partial[channel] = nil
    amqp_maybe_release_buffers_on_channel(state, channel)
    return .delivery(delivery)
  }

  private func take(
    _ method: amqp_method_t, on channel: UInt16
  ) throws(PubSubError) -> AMQPEvent? {
    switch method.id {
    case AMQPBasicDeliver:
      guard let deliver = method.decoded?.load(as: amqp_basic_deliver_t.self) else { return nil }
      partial[channel] = AMQPDelivery(channel: channel, tag: deliver.delivery_tag)
      return nil
    case AMQPBasicAck: return .taken
    case AMQPBasicNack, AMQPBasicReturn: return .refused
    case AMQPBasicCancel: return .cancelled
    case AMQPConnectionBlocked:
      let reason = method.decoded?.load(as: amqp_connection_blocked_t.self).reason
      blockedReason = reason?.text ?? ""
      return nil
    case AMQPConnectionUnblocked:
      blockedReason = nil
      return nil
    case AMQPChannelClose, AMQPConnectionClose:
      throw closed(method, during: "receiving")
    default: return nil
    }
  }
}

extension AMQPDelivery {
  /// Takes the header of the message.
  fileprivate mutating func begin(_ frame: amqp_frame_t) {
    size = Int(clamping: frame.payload.properties.body_size)
    guard
      let properties = frame.payload.properties.decoded?.load(as: amqp_basic_properties_t.self),
      properties._flags & UInt32(AMQP_BASIC_HEADERS_FLAG) != 0
    else { return }
    for index in 0..<Int(properties.headers.num_entries) {
      let entry = properties.headers.entries[index]
      guard entry.key.text == "x-stream-offset" else { continue }
      streamOffset = UInt64(exactly: entry.value.value.i64)
    }
  }
}

extension amqp_bytes_t {
  var text: String {
    String(decoding: UnsafeRawBufferPointer(start: bytes, count: len), as: UTF8.self)
  }
}
