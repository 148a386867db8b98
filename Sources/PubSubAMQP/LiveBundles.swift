import NIOCore
import PubSub

/// Publications that are only for now, sorted by channel, as each channel is a message of its own. Pure.
struct LiveBundles {
  private var channels: [String] = []
  private var entries: [String: [ByteBuffer]] = [:]

  mutating func append(_ entry: PublishQueue.Entry) {
    if entries[entry.channel] == nil { channels.append(entry.channel) }
    entries[entry.channel, default: []].append(entry.bytes)
  }

  /// The messages, none of which has more than `most` bytes if that can be.
  func messages(of most: Int, time: Int64) -> [(channel: String, message: ByteBuffer)] {
    var messages: [(channel: String, message: ByteBuffer)] = []
    for channel in channels {
      var bundle = RecordWriter(epoch: "", time: time)
      for bytes in entries[channel] ?? [] {
        if bundle.count > 0 && !bundle.hasRoom(for: bytes, on: channel, within: most) {
          messages.append((channel, bundle.message))
          bundle = RecordWriter(epoch: "", time: time)
        }
        bundle.append(bytes, on: channel)
      }
      messages.append((channel, bundle.message))
    }
    return messages
  }
}
