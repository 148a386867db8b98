import NIOCore
import PubSub

extension RedisDriver {
  /// Channels that are named in one command.
  private static let manyAtOnce = 1_000

  func subscribe(_ patterns: [ChannelPattern]) throws(PubSubError) {
    let connection = try linked().subscriptions
    let (channels, globs) = sorted(patterns)
    command("SUBSCRIBE", channels, isAnswered: true, on: connection)
    command("PSUBSCRIBE", globs, isAnswered: true, on: connection)
    while connection.awaitedCount > 0 {
      try connection.wait()
      try takeMessages()
    }
  }

  func unsubscribe(_ patterns: [ChannelPattern]) throws(PubSubError) {
    let connection = try linked().subscriptions
    let (channels, globs) = sorted(patterns)
    command("UNSUBSCRIBE", channels, isAnswered: false, on: connection)
    command("PUNSUBSCRIBE", globs, isAnswered: false, on: connection)
    try connection.flush()
  }

  private func sorted(_ patterns: [ChannelPattern]) -> (channels: [String], globs: [String]) {
    (
      patterns.filter { !$0.isWild }.map { names.live($0.text) },
      patterns.filter(\.isWild).map(names.glob)
    )
  }

  private func command(
    _ command: String, _ names: [String], isAnswered: Bool, on connection: RedisConnection
  ) {
    for start in stride(from: 0, to: names.count, by: Self.manyAtOnce) {
      let some = names[start..<Swift.min(start + Self.manyAtOnce, names.count)]
      connection.send(answers: isAnswered ? some.count : 0) { buffer in
        buffer.writeCommand([command] + some)
      }
    }
  }

  // MARK: What comes

  /// Takes what has come on the connection of subscriptions.
  func takeMessages() throws(PubSubError) {
    let connection = try linked().subscriptions
    try connection.takeReplies { reply throws(PubSubError) in
      if let failure = reply.failure { throw .redis(failure) }
      switch (reply[0] ?? reply).text {
      case "message": take(reply[1], reply[2])
      case "pmessage": take(reply[2], reply[3])
      case "subscribe", "psubscribe", "pong", "PONG": connection.answered()
      default: break
      }
    }
  }

  private func take(_ name: RedisReply?, _ frame: RedisReply?) {
    guard let name, let frame, let channel = names.channel(heardUnder: name.bytes) else { return }
    events += RedisFrame.publications(frame.buffer, on: channel).map {
      EngineDriverEvent.publication($0)
    }
  }
}
