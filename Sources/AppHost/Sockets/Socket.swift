// One client in one namespace. It has two sides: the event loop of its connection owns its state
// and memberships, the isolate of its app owns its seat there. Neither touches the other's.

import Foundation
import NIOCore
import PubSub
import RealtimeProtocol

/// A client's membership of a namespace, as the official server's `Socket`.
// @unchecked: each mutable member says who touches it; nobody else does.
final class Socket: TopicMember, @unchecked Sendable {
  enum State { case connecting, connected, closed }

  let namespace: String
  let isolate: AppIsolate
  let session: SocketSession

  /// On the session's loop.
  var state = State.connecting
  /// On the session's loop.
  var memberships = TopicMemberships<Socket>()
  /// The offset of the last packet that had one. On the session's loop.
  var lastOffset: Position?
  /// In the isolate.
  var seat = IsolateSeat()

  init(namespace: String, isolate: AppIsolate, session: SocketSession) {
    self.namespace = namespace
    self.isolate = isolate
    self.session = session
  }

  /// Whether `name`, empty for the default one, is the socket's namespace.
  func isOf(_ name: Slice<UnsafeRawBufferPointer>) -> Bool {
    let utf8 = namespace.utf8
    if name.isEmpty { return utf8.count == 1 }
    guard utf8.count == name.count, let start = name.base.baseAddress else { return false }
    return utf8.withContiguousStorageIfAvailable { own in
      own.baseAddress.map { memcmp($0, start + name.startIndex, name.count) == 0 } ?? false
    } ?? utf8.elementsEqual(name)
  }

  /// Queues a packet for the client, unless it is not (or no more) in the namespace.
  func send(_ forms: inout OutboundForms) {
    guard state == .connected else { return }
    session.send(&forms, to: self)
  }

  /// Queues a packet for this client alone.
  func send(_ packet: Outbound) {
    var forms = OutboundForms(packet)
    send(&forms)
  }

  /// Queues packets for the client, one behind the other.
  func send(_ batch: inout OutboundBatch) {
    guard state == .connected else { return }
    session.send(&batch, to: self)
  }

  /// Queues publications for a client that wants positions.
  func publish(_ batch: inout OutboundBatch) {
    guard state == .connected else { return }
    session.publish(&batch, to: self)
  }

  /// Queues a publication for a client that wants positions.
  func publish(_ forms: inout OutboundForms) {
    guard state == .connected else { return }
    session.publish(&forms, to: self)
  }
}

/// The isolate's side of a socket.
struct IsolateSeat {
  /// The number by which scripts know the socket; 0 while it has no seat.
  var handle: UInt64 = 0
  /// The client's `socket.id`: fifteen characters.
  var id = ""
  /// The secret by which the client can come back; nil unless recovery is on.
  var pid: String?
  /// Whether `on_connect` has let the client in.
  var isAccepted = false
  /// Whether the client is gone and may come back.
  var isParked = false
  /// The app's last packet before the socket was let in.
  var beginsAfter: UInt64 = 0
  /// The last packet that the client has received; nil unless it has come back.
  var resumesAfter: UInt64?
  /// What the script did for the client before it was let in; performed after.
  var held: [Delivery] = []
  /// Where the socket belongs, when recovery is on.
  var membership = Membership()
  /// Whether the client's claim to an earlier socket is on its way.
  var isClaiming = false
  /// What it has to do with an engine; nil for nearly all.
  var cluster: ClusterSeat?
  /// What it has to do with presence; nil for nearly all.
  var presence: PresenceSeat?

  /// Whether packets for the client go out at once.
  var isOpen: Bool { isAccepted && (cluster == nil || cluster?.waits == 0) }
}
