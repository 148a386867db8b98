// What one connection's client is to be sent when it can take it: of each key the newest event. Its
// session has one only while something waits. Isolated to the connection's loop.

/// Events that wait for one slow client, of all its namespaces.
final class KeptEvents {
  /// How many keys may wait for a client, with those of all its namespaces.
  static let maxKeys = 1_000
  /// What keeping an event takes besides its frames, about.
  private static let entryBytes = 128

  private struct Key: Hashable {
    let socket: ObjectIdentifier
    let bytes: [UInt8]
  }

  private var events = LatestEvents<Key, (socket: Socket, packet: Outbound)>()
  /// Whether one is being sent: no other may come between its text and its attachments.
  var isSending = false

  var bytes: Int { events.bytes }
  var isEmpty: Bool { events.isEmpty }

  /// By how many bytes more waits with `packet` in the place of what its key has; nil if there are too
  /// many keys.
  func growth(by packet: Outbound, of key: [UInt8], for socket: Socket) -> Int? {
    let key = Key(socket: ObjectIdentifier(socket), bytes: key)
    if let present = events.bytes(of: key) { return Self.bytes(of: packet, key) - present }
    return events.count < Self.maxKeys ? Self.bytes(of: packet, key) : nil
  }

  /// Has `packet` wait in the place of what its key has.
  func put(_ packet: Outbound, of key: [UInt8], for socket: Socket) {
    let key = Key(socket: ObjectIdentifier(socket), bytes: key)
    events.put((socket, packet), for: key, bytes: Self.bytes(of: packet, key))
  }

  /// Takes what has waited longest.
  func popFirst() -> (socket: Socket, packet: Outbound)? { events.popFirst() }

  /// Takes what waits for one membership.
  func removeAll(of socket: Socket) -> [Outbound] {
    let owner = ObjectIdentifier(socket)
    return events.removeAll { $0.socket == owner }.map(\.packet)
  }

  private static func bytes(of packet: Outbound, _ key: Key) -> Int {
    packet.attachments.reduce(packet.text.frame.readableBytes + key.bytes.count + entryBytes) {
      $0 + $1.frame.readableBytes
    }
  }
}
