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
  /// Somebody came, or went.
  case presence(PresenceMessage)
  /// A script has moved clients about.
  case change(ClusterChange)
  /// A script asks what the other nodes know.
  case request(NodeRequest)
  case answer(NodeAnswer)
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
  private static let presenceKind: UInt8 = 3
  private static let changeKind: UInt8 = 4
  private static let requestKind: UInt8 = 5
  private static let answerKind: UInt8 = 6

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
    case .presence(let message):
      buffer.writeInteger(Self.presenceKind)
      message.write(to: &buffer)
    case .change(let change):
      buffer.writeInteger(Self.changeKind)
      change.write(to: &buffer)
    case .request(let request):
      buffer.writeInteger(Self.requestKind)
      request.write(to: &buffer)
    case .answer(let answer):
      buffer.writeInteger(Self.answerKind)
      answer.write(to: &buffer)
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
    case Self.presenceKind:
      guard let message = PresenceMessage(readingFrom: &bytes) else { return nil }
      self = .presence(message)
    case Self.changeKind:
      guard let change = ClusterChange(&bytes) else { return nil }
      self = .change(change)
    case Self.requestKind:
      guard let request = NodeRequest(&bytes) else { return nil }
      self = .request(request)
    case Self.answerKind:
      guard let answer = NodeAnswer(&bytes) else { return nil }
      self = .answer(answer)
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
