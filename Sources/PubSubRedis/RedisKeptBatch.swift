// Publications with a history that one run of the script keeps. Pure.

import NIOCore
import PubSub

/// Some publications in order, and the channels among them.
struct RedisKeptBatch {
  /// As many milliseconds as the server can count with.
  private static let longestAge: Int64 = 1_000_000_000_000

  private struct Channel {
    let name: String
    var messages: Int
    var milliseconds: Int64
  }

  private var channels: [Channel] = []
  /// For each publication which of the channels it is on.
  private var places: [Int] = []
  private let entries: ArraySlice<PublishQueue.Entry>

  init(_ entries: ArraySlice<PublishQueue.Entry>) {
    self.entries = entries
    var known: [String: Int] = [:]
    for entry in entries {
      guard let limits = entry.limits else { continue }
      let messages = Swift.max(0, limits.messages)
      let age = Swift.min(Swift.max(0, limits.age.nanoseconds / 1_000_000), Self.longestAge)
      let place = known[entry.channel] ?? channels.count
      if place == channels.count {
        known[entry.channel] = place
        channels.append(Channel(name: entry.channel, messages: messages, milliseconds: age))
      } else {
        channels[place].messages = Swift.max(channels[place].messages, messages)
        channels[place].milliseconds = Swift.max(channels[place].milliseconds, age)
      }
      places.append(place)
    }
  }

  /// The command that keeps and publishes them.
  func write(
    to buffer: inout ByteBuffer, script: String, link: RedisDriver.Link, names: RedisNames
  ) {
    guard let node = entries.first?.origin.node else { return }
    buffer.beginCommand(words: 7 + 5 * channels.count + 3 * places.count)
    buffer.writeWord("EVALSHA")
    buffer.writeWord(script)
    buffer.writeWord(1 + 2 * channels.count)
    buffer.writeWord(names.node(node))
    for channel in channels {
      buffer.writeWord(names.state(channel.name))
      buffer.writeWord(names.stream(channel.name))
    }
    buffer.writeWord(Position.makeEpoch())
    buffer.writeWord(link.run)
    buffer.writeWord(channels.count)
    for channel in channels {
      buffer.writeWord(names.live(channel.name))
      buffer.writeWord(channel.messages)
      buffer.writeWord(Int(channel.milliseconds))
    }
    for (entry, place) in zip(entries, places) {
      buffer.writeWord(place + 1)
      buffer.writeWord(String(entry.origin.serial))
      buffer.writeFramed(entry)
    }
  }

  /// What became of each publication.
  ///
  /// - Throws: when the answer is not the script's.
  func results(
    _ reply: RedisReply
  ) throws(PubSubError) -> [Result<Position?, PubSubError>] {
    if let failure = reply.failure {
      return Array(repeating: .failure(.redis(failure)), count: places.count)
    }
    guard let epochs = reply[0], let answers = reply[1], epochs.count == channels.count,
      answers.count == places.count
    else { throw .redisNonsense }
    let epochTexts = (0..<epochs.count).map { epochs[$0]?.text ?? "" }
    return zip(0..., places).map { index, place in
      Self.result(answers[index], epoch: epochTexts[place])
    }
  }

  private static func result(
    _ answer: RedisReply?, epoch: String
  ) -> Result<Position?, PubSubError> {
    if let offset = answer?.integer {
      return .success(Position(epoch: epoch, offset: UInt64(clamping: offset)))
    }
    if let failure = answer?.failure { return .failure(.redis(failure)) }
    guard let position = answer.flatMap({ Position($0.text) }) else {
      return .failure(.redisNonsense)
    }
    return .success(position)
  }
}
