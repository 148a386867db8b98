import CRedisSystem
import Glibc
import PubSub

/// Commands to a Redis server as another program sends them, one after the other. Used on one thread.
final class RedisConsole {
  struct Failure: Error {
    let message: String
  }

  private let context: UnsafeMutablePointer<redisContext>

  init(_ server: EngineURL) throws {
    let address = try Self.address(of: server)
    let patience = timeval(tv_sec: 10, tv_usec: 0)
    guard let made = redisConnectWithTimeout(address.host, Int32(address.port), patience),
      made.pointee.err == 0
    else { throw Failure(message: "no server at \(server)") }
    redisSetTimeout(made, patience)
    context = made
    if let password = server.password {
      try run(["AUTH", server.user, password].compactMap(\.self))
    }
    if !server.path.isEmpty { try run("SELECT", server.path) }
  }

  deinit { redisFree(context) }

  static func address(of server: EngineURL) throws -> (host: String, port: Int) {
    guard let first = server.servers.first else { throw Failure(message: "no host") }
    return (first.host, first.port ?? 6_379)
  }

  @discardableResult
  func run(_ words: String...) throws -> [String] { try run(words) }

  /// Answers all strings and numbers in the answer.
  @discardableResult
  func run(_ words: [String]) throws -> [String] {
    var command = "*\(words.count)\r\n"
    for word in words { command += "$\(word.utf8.count)\r\n\(word)\r\n" }
    redisAppendFormattedCommand(context, command, command.utf8.count)
    var answer: UnsafeMutableRawPointer?
    guard redisGetReply(context, &answer) == REDIS_OK, let answer else {
      throw Failure(message: "the server is gone")
    }
    defer { freeReplyObject(answer) }
    return try Self.texts(answer.assumingMemoryBound(to: redisReply.self).pointee)
  }

  /// The keys that a glob matches.
  func keys(_ glob: String) throws -> [String] {
    var keys: [String] = []
    var cursor = "0"
    repeat {
      let page = try run("SCAN", cursor, "MATCH", glob, "COUNT", "10000")
      cursor = page.first ?? "0"
      keys += page.dropFirst()
    } while cursor != "0"
    return keys
  }

  private static func texts(_ reply: redisReply) throws -> [String] {
    switch reply.type {
    case REDIS_REPLY_ARRAY:
      return try (0..<reply.elements).flatMap { index in
        try reply.element[index].map { try texts($0.pointee) } ?? []
      }
    case REDIS_REPLY_INTEGER: return ["\(reply.integer)"]
    case REDIS_REPLY_NIL: return []
    default:
      let bytes = UnsafeRawBufferPointer(start: reply.str, count: reply.len)
      let text = String(decoding: bytes, as: UTF8.self)
      if reply.type == REDIS_REPLY_ERROR { throw Failure(message: text) }
      return [text]
    }
  }
}
