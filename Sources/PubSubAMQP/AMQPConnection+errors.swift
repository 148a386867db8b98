// What the library and the server say went wrong, as this module's errors.

import CAMQPSystem
import PubSub

extension AMQPConnection {
  /// What an answer to a call says.
  func check(_ reply: amqp_rpc_reply_t, _ purpose: String) throws(PubSubError) {
    switch reply.reply_type {
    case AMQP_RESPONSE_NORMAL: return
    case AMQP_RESPONSE_SERVER_EXCEPTION: throw closed(reply.reply, during: purpose)
    default: throw Self.error(reply.library_error, during: purpose)
    }
  }

  /// What the library answers.
  func check(_ status: Int32, _ purpose: String) throws(PubSubError) {
    guard status < 0 else { return }
    throw Self.error(status, during: purpose)
  }

  static func error(_ status: Int32, during purpose: String) -> PubSubError {
    let reason = amqp_error_string2(status).map { String(cString: $0) } ?? "error \(status)"
    return PubSubError(.unreachable, "\(purpose) failed: \(reason)")
  }

  /// Why the server has closed a channel or the connection.
  func closed(_ method: amqp_method_t, during purpose: String) -> PubSubError {
    var (code, text): (UInt16, String) = (0, "no reason given")
    if method.id == AMQPChannelClose, let decoded = method.decoded {
      let close = decoded.load(as: amqp_channel_close_t.self)
      (code, text) = (close.reply_code, close.reply_text.text)
    } else if method.id == AMQPConnectionClose, let decoded = method.decoded {
      let close = decoded.load(as: amqp_connection_close_t.self)
      (code, text) = (close.reply_code, close.reply_text.text)
    }
    return PubSubError(
      Self.code(code), "\(purpose) failed: \(text)", underlying: AMQPRefusal(code: code, text: text)
    )
  }

  private static func code(_ number: UInt16) -> PubSubError.Code {
    switch Int32(number) {
    case AMQP_ACCESS_REFUSED: .unauthorized
    case AMQP_CONNECTION_FORCED: .unreachable
    default: .refused
    }
  }
}

/// What the server said when it closed a channel or a connection.
struct AMQPRefusal: Error, CustomStringConvertible {
  let code: UInt16
  let text: String

  var description: String { "code \(code)" }

  /// The queue is there, and was declared otherwise.
  var isOtherQueue: Bool {
    Int32(code) == AMQP_PRECONDITION_FAILED && text.contains("inequivalent")
  }

  /// Another connection has the queue.
  var isLocked: Bool { Int32(code) == AMQP_RESOURCE_LOCKED }

  /// The largest message that the server takes, if this is about one that was larger: `message size 11
  /// larger than configured max size 10`.
  var mostMessageBytes: Int? {
    guard Int32(code) == AMQP_PRECONDITION_FAILED, text.contains("message size"),
      let range = text.firstRange(of: "max size ")
    else { return nil }
    return Int(text[range.upperBound...].prefix { $0.isNumber })
  }
}
