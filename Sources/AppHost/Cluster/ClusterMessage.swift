// What the nodes of a cluster tell one another through an engine, as bytes. Read from the network: what is
// not of this form is nothing.

import NIOCore
import PubSub
import RealtimeProtocol

/// A message between the nodes that serve one app.
enum ClusterMessage: Equatable {
  /// A script has published.
  case publication(ClusterPublication)
  /// A script has emitted to rooms or to everybody.
  case broadcast(ClusterBroadcast)
}

/// What a script has published on a channel.
struct ClusterPublication: Equatable {
  let namespace: String
  let channel: String
  /// JSON text.
  let message: ByteBuffer
  let attachments: [ByteBuffer]
}

/// What a script has emitted to many.
struct ClusterBroadcast: Equatable {
  /// The node whose clients have it already.
  let node: UInt64
  let namespace: String
  /// Empty: everybody. The id of a socket is a room, too.
  let rooms: [String]
  let spared: [String]
  /// The id of the socket that is left out; empty: none.
  let sender: String
  let isVolatile: Bool
  /// Empty for all but events of which only the newest counts.
  let key: [UInt8]
  /// The array of the event's name and arguments, JSON text.
  let event: ByteBuffer
  let attachments: [ByteBuffer]
}

extension ClusterMessage {
  private static let publicationKind: UInt8 = 1
  private static let broadcastKind: UInt8 = 2

  var bytes: ByteBuffer {
    var buffer = ByteBuffer()
    switch self {
    case .publication(let publication):
      buffer.writeInteger(Self.publicationKind)
      buffer.writeText(publication.namespace)
      buffer.writeText(publication.channel)
      buffer.writeBlob(publication.message)
      buffer.writeList(publication.attachments) { $0.writeBlob($1) }
    case .broadcast(let broadcast):
      buffer.writeInteger(Self.broadcastKind)
      buffer.writeInteger(broadcast.node)
      buffer.writeText(broadcast.namespace)
      buffer.writeList(broadcast.rooms) { $0.writeText($1) }
      buffer.writeList(broadcast.spared) { $0.writeText($1) }
      buffer.writeText(broadcast.sender)
      buffer.writeInteger(broadcast.isVolatile ? 1 as UInt8 : 0)
      buffer.writeBlob(ByteBuffer(bytes: broadcast.key))
      buffer.writeBlob(broadcast.event)
      buffer.writeList(broadcast.attachments) { $0.writeBlob($1) }
    }
    return buffer
  }

  /// Reads what another node wrote; nil when it is something else.
  init?(_ bytes: ByteBuffer) {
    var bytes = bytes
    switch bytes.readInteger(as: UInt8.self) {
    case Self.publicationKind:
      guard let namespace = bytes.readText(), let channel = bytes.readText(),
        let message = bytes.readBlob(), let attachments = bytes.readList({ $0.readBlob() })
      else { return nil }
      self = .publication(
        ClusterPublication(
          namespace: namespace, channel: channel, message: message, attachments: attachments))
    case Self.broadcastKind:
      guard let broadcast = ClusterBroadcast(&bytes) else { return nil }
      self = .broadcast(broadcast)
    default: return nil
    }
    guard bytes.readableBytes == 0 else { return nil }
  }
}

extension ClusterBroadcast {
  fileprivate init?(_ bytes: inout ByteBuffer) {
    guard let node = bytes.readInteger(as: UInt64.self), let namespace = bytes.readText(),
      let rooms = bytes.readList({ $0.readText() }), let spared = bytes.readList({ $0.readText() }),
      let sender = bytes.readText(), let flags = bytes.readInteger(as: UInt8.self),
      let key = bytes.readBlob(), let event = bytes.readBlob(),
      let attachments = bytes.readList({ $0.readBlob() })
    else { return nil }
    self.init(
      node: node, namespace: namespace, rooms: rooms, spared: spared, sender: sender,
      isVolatile: flags & 1 == 1, key: Array(key.readableBytesView), event: event,
      attachments: attachments)
  }
}
