// What a running script asks its owner at once: C calls in, gets bytes, and copies them. Nothing here may
// call the isolate.

import CLua

/// What `perigee.presence` asks.
public struct LuaPresenceQuestion: Sendable, Equatable {
  public let namespace: String
  public let channel: String
  /// nil when it is about everybody on the channel.
  public let key: String?
}

/// Holds the closures that C asks.
final class Queries {
  private let handshake: (UInt64) -> [UInt8]?
  private let presence: (LuaPresenceQuestion) -> [UInt8]?

  init(
    handshake: @escaping (UInt64) -> [UInt8]?,
    presence: @escaping (LuaPresenceQuestion) -> [UInt8]?
  ) {
    self.handshake = handshake
    self.presence = presence
  }

  static let handshake: pg_handshake_query = { context, socket, buffer in
    answer(context, buffer) { $0.handshake(socket) }
  }

  static let presence: pg_presence_query = { context, question, buffer in
    guard let question = question.flatMap({ LuaPresenceQuestion($0.pointee) }) else {
      return false
    }
    return answer(context, buffer) { $0.presence(question) }
  }

  private static func answer(
    _ context: UnsafeMutableRawPointer?, _ buffer: OpaquePointer?, _ ask: (Queries) -> [UInt8]?
  ) -> Bool {
    guard let context, let buffer else { return false }
    let queries = Unmanaged<Queries>.fromOpaque(context).takeUnretainedValue()
    guard let json = ask(queries) else { return false }
    json.withUnsafeBytes { pg_buffer_write(buffer, $0.baseAddress, $0.count) }
    return true
  }
}

extension LuaPresenceQuestion {
  fileprivate init?(_ question: pg_presence_question) {
    guard let namespace = question.name_space, let channel = question.channel else { return nil }
    self.namespace = String(cString: namespace)
    self.channel = Self.text(channel, question.channel_length)
    key = question.key.map { Self.text($0, question.key_length) }
  }

  private static func text(_ bytes: UnsafePointer<CChar>, _ length: Int) -> String {
    String(decoding: UnsafeRawBufferPointer(start: bytes, count: length), as: UTF8.self)
  }
}
