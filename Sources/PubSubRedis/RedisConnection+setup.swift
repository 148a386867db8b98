// What is said on a connection before anything else: who we are, and what the server is. Here alone answers
// are waited for one after the other.

import NIOCore
import PubSub

extension RedisConnection {
  /// An answer that was waited for.
  enum Answer {
    case text(String)
    case failure(String)
    case list([String])
    case other
  }

  /// Connects and logs in.
  static func open(
    _ settings: RedisSettings, until deadline: NIODeadline
  ) throws(PubSubError) -> RedisConnection {
    let connection = try RedisConnection(settings, timeout: deadline - .now())
    if let password = settings.password {
      let credentials = [settings.user, password].compactMap(\.self)
      if case .failure(let answer) = try connection.ask(["AUTH"] + credentials, until: deadline) {
        throw .redisCredentials(answer)
      }
    }
    if settings.database != 0 {
      _ = try connection.demand(["SELECT", "\(settings.database)"], until: deadline)
    }
    return connection
  }

  func ask(_ words: [String], until deadline: NIODeadline) throws(PubSubError) -> Answer {
    try ask(until: deadline) { $0.writeCommand(words) }
  }

  /// Sends one command and waits for its answer.
  func ask(
    until deadline: NIODeadline, _ write: (inout ByteBuffer) -> Void
  ) throws(PubSubError) -> Answer {
    send(answers: 1, write)
    var answer: Answer?
    while answer == nil {
      let left = deadline - .now()
      guard left > .zero else {
        throw PubSubError(.unreachable, "the Redis server takes connections but does not answer")
      }
      try wait(silence: left)
      try takeReplies { reply throws(PubSubError) in
        answered()
        answer = Self.answer(reply)
      }
    }
    return answer ?? .other
  }

  /// The text that a command answers; throws what it answers instead.
  func demand(_ words: [String], until deadline: NIODeadline) throws(PubSubError) -> String {
    try Self.text(try ask(words, until: deadline))
  }

  /// Gives the server a script.
  /// - Returns: the name that it goes by there.
  func load(_ script: RedisScript, until deadline: NIODeadline) throws(PubSubError) -> String {
    try Self.text(
      try ask(until: deadline) { buffer in
        buffer.beginCommand(words: 3)
        buffer.writeWord("SCRIPT")
        buffer.writeWord("LOAD")
        buffer.writeWord(script.source)
      })
  }

  /// What Redis takes when nothing else is configured.
  private static var usualWord: Int { 512 << 20 }

  /// The longest string that the server takes, as far as it tells.
  func longestWord(until deadline: NIODeadline) throws(PubSubError) -> Int {
    let answer = try ask(["CONFIG", "GET", "proto-max-bulk-len"], until: deadline)
    guard case .list(let texts) = answer, texts.count == 2, let size = Int(texts[1]) else {
      return Self.usualWord
    }
    return size
  }

  private static func text(_ answer: Answer) throws(PubSubError) -> String {
    switch answer {
    case .text(let text): return text
    case .failure(let failure): throw .redis(failure)
    case .list, .other: throw .redisNonsense
    }
  }

  private static func answer(_ reply: RedisReply) -> Answer {
    switch reply.kind {
    case .text: .text(reply.text)
    case .failure: .failure(reply.text)
    case .array: .list((0..<reply.count).map { reply[$0]?.text ?? "" })
    case .integer, .none: .other
    }
  }
}
