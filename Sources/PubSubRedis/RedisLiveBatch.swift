// Publications without a history that are sent together: those of one channel share a frame. Pure.

import NIOCore
import PubSub

/// Some publications in order, sorted by channel.
struct RedisLiveBatch {
  private(set) var frames: [(channel: String, entries: [PublishQueue.Entry])] = []
  /// For each publication in which of the frames it is.
  private(set) var places: [Int] = []

  init(_ entries: ArraySlice<PublishQueue.Entry>) {
    var known: [String: Int] = [:]
    for entry in entries {
      let place = known[entry.channel] ?? frames.count
      if place == frames.count {
        known[entry.channel] = place
        frames.append((entry.channel, []))
      }
      frames[place].entries.append(entry)
      places.append(place)
    }
  }

  /// The commands that publish them, one for each frame.
  func write(to buffer: inout ByteBuffer, names: RedisNames) {
    for frame in frames {
      buffer.beginCommand(words: 3)
      buffer.writeWord("PUBLISH")
      buffer.writeWord(names.live(frame.channel))
      buffer.writeFrame(frame.entries)
    }
  }
}
