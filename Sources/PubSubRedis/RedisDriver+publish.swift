import NIOCore
import PubSub

extension RedisDriver {
  /// What travels in one command; larger ones would hold up the server for others.
  private static let mostAtOnce = 128
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
        publishLive(run, on: link)
      } else {
        let batch = RedisKeptBatch(run)
        link.commands.send(answers: 1) { buffer in
          batch.write(to: &buffer, script: script, link: link, names: names)
        }
        awaited.append(.kept(batch))
      }
    }
    try link.commands.flush()
  }

  private func publishLive(_ run: ArraySlice<PublishQueue.Entry>, on link: Link) {
    guard let first = run.first else { return }
    link.commands.send(answers: 1) { buffer in
      buffer.beginCommand(words: 3)
      buffer.writeWord("PUBLISH")
      buffer.writeWord(names.live(first.channel))
      buffer.writeFrame(run)
    }
    awaited.append(.live(count: run.count))
  }

  /// The publications at the beginning that go into one command: with a history, or without one and on
  /// one channel.
  private static func run(
    of entries: ArraySlice<PublishQueue.Entry>, upTo longestWord: Int
  ) -> ArraySlice<PublishQueue.Entry> {
    guard let first = entries.first else { return [] }
    let most = Swift.min(mostBytesAtOnce, longestWord)
    var bytes = 0
    var end = entries.startIndex
    for entry in entries.prefix(mostAtOnce) {
      let isAlike =
        (entry.limits == nil) == (first.limits == nil)
        && (entry.limits != nil || entry.channel == first.channel)
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
