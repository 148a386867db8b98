// What the nodes of an app write into its recovery log, as bytes: what clients are sent that can come back,
// and where they belong. Read from the network: what is not of this form is nothing.

import NIOCore
import PubSub
import RealtimeProtocol

/// One entry of an app's recovery log.
enum RecoveryRecord: Equatable {
  /// An event for one client.
  case direct(DirectEvent)
  /// An event for rooms or for everybody.
  case broadcast(ClusterBroadcast)
  case publication(ClusterPublication)
  /// Clients that the author has let in, or still has; `isNew`: of what was before nothing is known.
  case told([RecoverableSession], isNew: Bool)
  /// A client of the author's belongs elsewhere.
  case moved(SessionMove)
  /// Clients of all nodes but the author's, which are changed already, belong elsewhere or are to leave.
  case changed(ClusterChange)
  /// A client is back, at the author's node.
  case claimed(pid: String, namespace: String)
  /// A client of the author's does not come back.
  case gone(pid: String)
  /// Nothing: who reads it back has read all before it.
  case mark
}

/// An event for one client.
struct DirectEvent: Equatable {
  /// The socket's.
  let id: String
  let namespace: String
  /// The array of the event's name and arguments, JSON text.
  let event: ByteBuffer
  let attachments: [ByteBuffer]
}

/// A record, and who wrote it.
struct SignedRecord: Equatable {
  /// A random number for each life of an app on a node.
  let author: UInt64
  /// The author's how manieth record it is.
  let serial: UInt64
  let record: RecoveryRecord
}

extension SignedRecord {
  private enum Kind: UInt8 {
    case direct = 1
    case broadcast, publication, told, moved, claimed, gone, mark, changed
  }

  var bytes: ByteBuffer {
    var buffer = ByteBuffer()
    buffer.writeInteger(author)
    buffer.writeInteger(serial)
    switch record {
    case .direct(let event):
      buffer.writeInteger(Kind.direct.rawValue)
      event.write(to: &buffer)
    case .broadcast(let broadcast):
      buffer.writeInteger(Kind.broadcast.rawValue)
      buffer.writeImmutableBuffer(ClusterMessage.broadcast(broadcast).bytes)
    case .publication(let publication):
      buffer.writeInteger(Kind.publication.rawValue)
      buffer.writeImmutableBuffer(ClusterMessage.publication(publication).bytes)
    case .told(let sessions, let isNew):
      buffer.writeInteger(Kind.told.rawValue)
      buffer.writeInteger(isNew ? 1 as UInt8 : 0)
      buffer.writeList(sessions) { $1.write(to: &$0) }
    case .moved(let move):
      buffer.writeInteger(Kind.moved.rawValue)
      move.write(to: &buffer)
    case .claimed(let pid, let namespace):
      buffer.writeInteger(Kind.claimed.rawValue)
      buffer.writeText(pid)
      buffer.writeText(namespace)
    case .gone(let pid):
      buffer.writeInteger(Kind.gone.rawValue)
      buffer.writeText(pid)
    case .mark: buffer.writeInteger(Kind.mark.rawValue)
    case .changed(let change):
      buffer.writeInteger(Kind.changed.rawValue)
      change.write(to: &buffer)
    }
    return buffer
  }

  /// Reads what a node wrote; nil when it is something else.
  init?(_ bytes: ByteBuffer) {
    var bytes = bytes
    guard let author = bytes.readInteger(as: UInt64.self),
      let serial = bytes.readInteger(as: UInt64.self),
      let kind = bytes.readInteger(as: UInt8.self).flatMap(Kind.init),
      let record = Self.record(kind, &bytes), bytes.readableBytes == 0
    else { return nil }
    self.init(author: author, serial: serial, record: record)
  }

  private static func record(_ kind: Kind, _ bytes: inout ByteBuffer) -> RecoveryRecord? {
    switch kind {
    case .direct: return DirectEvent(&bytes).map(RecoveryRecord.direct)
    case .broadcast:
      guard case .broadcast(let message)? = ClusterMessage(bytes) else { return nil }
      bytes.moveReaderIndex(to: bytes.writerIndex)
      return .broadcast(message)
    case .publication:
      guard case .publication(let message)? = ClusterMessage(bytes) else { return nil }
      bytes.moveReaderIndex(to: bytes.writerIndex)
      return .publication(message)
    case .told:
      guard let isNew = bytes.readInteger(as: UInt8.self),
        let sessions = bytes.readList({ RecoverableSession(&$0) })
      else { return nil }
      return .told(sessions, isNew: isNew == 1)
    case .moved: return SessionMove(&bytes).map(RecoveryRecord.moved)
    case .claimed:
      guard let pid = bytes.readText(), let namespace = bytes.readText() else { return nil }
      return .claimed(pid: pid, namespace: namespace)
    case .gone: return bytes.readText().map(RecoveryRecord.gone)
    case .mark: return .mark
    case .changed: return ClusterChange(&bytes).map(RecoveryRecord.changed)
    }
  }
}

extension DirectEvent {
  fileprivate func write(to buffer: inout ByteBuffer) {
    buffer.writeText(id)
    buffer.writeText(namespace)
    buffer.writeBlob(event)
    buffer.writeList(attachments) { $0.writeBlob($1) }
  }

  fileprivate init?(_ bytes: inout ByteBuffer) {
    guard let id = bytes.readText(), let namespace = bytes.readText(),
      let event = bytes.readBlob(), let attachments = bytes.readList({ $0.readBlob() })
    else { return nil }
    self.init(id: id, namespace: namespace, event: event, attachments: attachments)
  }
}

extension RecoverableSession {
  fileprivate func write(to buffer: inout ByteBuffer) {
    buffer.writeText(pid)
    buffer.writeText(id)
    buffer.writeText(namespace)
    for number in [owner, ownedSince, begins, floor, catchUp] { buffer.writeInteger(number) }
    buffer.writeList(membership.stays) { buffer, stay in
      buffer.writeText(stay.topic)
      buffer.writeInteger(stay.from)
      buffer.writeInteger(stay.to ?? .max)
    }
  }

  fileprivate init?(_ bytes: inout ByteBuffer) {
    guard let pid = bytes.readText(), let id = bytes.readText(), let namespace = bytes.readText(),
      let owner = bytes.readInteger(as: UInt64.self),
      let ownedSince = bytes.readInteger(as: UInt64.self),
      let begins = bytes.readInteger(as: UInt64.self),
      let floor = bytes.readInteger(as: UInt64.self),
      let catchUp = bytes.readInteger(as: UInt64.self),
      let stays = bytes.readList({ Membership.Stay(&$0) })
    else { return nil }
    self.init(
      pid: pid, id: id, namespace: namespace, owner: owner, ownedSince: ownedSince,
      begins: begins, floor: floor, catchUp: catchUp, membership: Membership(stays: stays))
  }
}

extension Membership.Stay {
  fileprivate init?(_ bytes: inout ByteBuffer) {
    guard let topic = bytes.readText(), let from = bytes.readInteger(as: UInt64.self),
      let to = bytes.readInteger(as: UInt64.self)
    else { return nil }
    self.init(topic: topic, from: from, to: to == .max ? nil : to)
  }
}

extension SessionMove {
  fileprivate func write(to buffer: inout ByteBuffer) {
    buffer.writeText(pid)
    buffer.writeList(joins) { $0.writeText($1) }
    buffer.writeList(leaves) { $0.writeText($1) }
    switch catchUp {
    case .none: buffer.writeInteger(0 as UInt64)
    case .begins: buffer.writeInteger(UInt64.max)
    case .ended(let number): buffer.writeInteger(number)
    }
    buffer.writeInteger(since)
  }

  fileprivate init?(_ bytes: inout ByteBuffer) {
    guard let pid = bytes.readText(), let joins = bytes.readList({ $0.readText() }),
      let leaves = bytes.readList({ $0.readText() }),
      let number = bytes.readInteger(as: UInt64.self),
      let since = bytes.readInteger(as: UInt64.self)
    else { return nil }
    self.init(pid: pid, joins: joins, leaves: leaves, since: since)
    catchUp = number == 0 ? .none : number == .max ? .begins : .ended(number)
  }
}
