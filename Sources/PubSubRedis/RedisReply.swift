import CRedisSystem
import NIOCore

/// A look at an answer of the server, or at a part of one. Valid only while it is handed to
/// ``RedisConnection/takeReplies(_:)``'s closure.
struct RedisReply {
  enum Kind {
    case text
    case integer
    case array
    case failure
    case none
  }

  private let reply: UnsafePointer<redisReply>

  init(_ reply: UnsafePointer<redisReply>) { self.reply = reply }

  var kind: Kind {
    switch reply.pointee.type {
    case REDIS_REPLY_STRING, REDIS_REPLY_STATUS: .text
    case REDIS_REPLY_INTEGER: .integer
    case REDIS_REPLY_ARRAY: .array
    case REDIS_REPLY_ERROR: .failure
    default: .none
    }
  }

  var integer: Int64? { kind == .integer ? reply.pointee.integer : nil }

  /// The bytes of a text or a failure.
  var bytes: UnsafeRawBufferPointer {
    guard kind == .text || kind == .failure, let start = reply.pointee.str else {
      return UnsafeRawBufferPointer(start: nil, count: 0)
    }
    return UnsafeRawBufferPointer(start: start, count: reply.pointee.len)
  }

  var text: String { String(decoding: bytes, as: UTF8.self) }

  var buffer: ByteBuffer { ByteBuffer(bytes: bytes) }

  /// What the server says went wrong.
  var failure: String? { kind == .failure ? text : nil }

  /// The parts of an array.
  var count: Int { kind == .array ? reply.pointee.elements : 0 }

  /// A part of an array; nil when it has fewer.
  subscript(index: Int) -> RedisReply? {
    guard index < count, let part = reply.pointee.element[index] else { return nil }
    return RedisReply(part)
  }
}
