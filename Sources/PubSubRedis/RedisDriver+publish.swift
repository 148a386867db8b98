import NIOCore
import PubSub

extension RedisDriver {
  /// What is sent together; more would hold up the server for others.
  private static let mostAtOnce = 512
  private static let mostBytesAtOnce = 256 << 10
  /// What surrounds a message in a word, at most.
  private static let frameSize = 64

  func publish(_ entries: [PublishQueue.Entry]) throws(PubSubError) {
    let link = try linked()
    guard let script = link.scripts[.publish] else { throw .redisNonsense }
    var rest = entries[...]
    while let first = rest.first {
      guard first.bytes.readableBytes + Self.frameSize <= link.longestWord else {
        awaited.append(.refused(Self.tooLarge(first, link.longestWord)))
        rest.removeFirst()
        continue
      }
      let run = Self.run(of: rest, upTo: link.longestWord)
      rest = rest[run.endIndex...]
      if first.limits == nil {
        publish(RedisLiveBatch(run), on: link)
      } else {
        publish(RedisKeptBatch(run), script: script, on: link)
      }
    }
    try link.commands.flush()
  }

  private func publish(_ batch: RedisLiveBatch, on link: Link) {
    link.commands.send(answers: batch.frames.count) { buffer in
      batch.write(to: &buffer, names: names)
    }
    for _ in batch.frames.dropLast() { awaited.append(.frame(last: nil)) }
    awaited.append(.frame(last: batch))
  }

  private func publish(_ batch: RedisKeptBatch, script: String, on link: Link) {
    link.commands.send(answers: 1) { buffer in
      batch.write(to: &buffer, script: script, link: link, names: names)
    }
    awaited.append(.kept(batch))
  }

  /// The publications at the beginning that are sent together: all with a history, or all without one.
  private static func run(
    of entries: ArraySlice<PublishQueue.Entry>, upTo longestWord: Int
  ) -> ArraySlice<PublishQueue.Entry> {
    guard let first = entries.first else { return [] }
    let most = Swift.min(mostBytesAtOnce, longestWord)
    var bytes = 0
    var end = entries.startIndex
    for entry in entries.prefix(mostAtOnce) {
      let isAlike = (entry.limits == nil) == (first.limits == nil)
      bytes += entry.bytes.readableBytes + frameSize
      guard isAlike, bytes <= most || end == entries.startIndex else { break }
      end += 1
    }
    return entries[entries.startIndex..<end]
  }

  private static func tooLarge(_ entry: PublishQueue.Entry, _ longestWord: Int) -> PubSubError {
    PubSubError(
      .tooLarge,
      "a message of \(entry.bytes.readableBytes) bytes is larger than the Redis server takes "
        + "(proto-max-bulk-len is \(longestWord))")
  }
}
