// What one event loop has been told to send to the members of one topic, and has not sent yet: all of
// one turn goes to each member at once. Isolated to the loop, whose LoopContext keeps at most one and
// ends it before anything could overtake it.

import NIOCore
import PubSub

/// Packets on their way to the members of one topic.
struct FanOut {
  /// A batch that has grown to this is not added to.
  private static let fullBatch = (packets: 256, bytes: 64 * 1024)

  let topic: String
  /// The topic of those members who want publications with positions.
  let positions: String?
  private var batch = OutboundBatch()
  /// Members who have had the first so many packets, or are left out of them.
  private var ahead: [ObjectIdentifier: Int] = [:]

  init(topic: String, positions: String?) {
    self.topic = topic
    self.positions = positions
  }

  var isFull: Bool {
    batch.count >= Self.fullBatch.packets || batch.bytes >= Self.fullBatch.bytes
  }

  func isFor(_ topic: String, _ positions: String?) -> Bool {
    self.topic == topic && self.positions == positions
  }

  /// Adds a packet, for all members but those in `without`, who live on this loop.
  mutating func append(
    _ packet: Outbound, without: [Socket] = [], among topics: TopicTable<Socket>
  ) {
    for socket in without { catchUp(socket, in: topics) }
    batch.append(packet)
    for socket in without { ahead[ObjectIdentifier(socket)] = batch.count }
  }

  /// Sends a member what is there already, because something else is about to be sent to it.
  mutating func catchUp(_ socket: Socket, in topics: TopicTable<Socket>) {
    let seen = ahead[ObjectIdentifier(socket)] ?? 0
    guard seen < batch.count else { return }
    if topics.has(socket, in: topic) {
      batch.withEach(from: seen) { socket.send(&$0) }
    } else if let positions, topics.has(socket, in: positions) {
      batch.withEach(from: seen) { socket.publish(&$0) }
    } else {
      return
    }
    ahead[ObjectIdentifier(socket)] = batch.count
  }

  /// Sends all to all.
  mutating func end(in topics: TopicTable<Socket>) {
    topics.forEachMember(of: topic) { socket in
      if let seen = seen(by: socket) {
        batch.withEach(from: seen) { socket.send(&$0) }
      } else {
        socket.send(&batch)
      }
    }
    guard let positions else { return }
    topics.forEachMember(of: positions) { socket in
      if let seen = seen(by: socket) {
        batch.withEach(from: seen) { socket.publish(&$0) }
      } else {
        socket.publish(&batch)
      }
    }
  }

  private func seen(by socket: Socket) -> Int? {
    ahead.isEmpty ? nil : ahead[ObjectIdentifier(socket)]
  }
}
