// One client in one namespace. It has two sides: the event loop of its connection owns its state
// and memberships, the isolate of its app owns its seat there. Neither touches the other's.

import NIOCore
import PubSub
import RealtimeProtocol

/// A client's membership of a namespace, as the official server's `Socket`.
// @unchecked: each mutable member says who touches it; nobody else does.
final class Socket: TopicMember, @unchecked Sendable {
  enum State { case connecting, connected, closed }

  /// The client's `socket.id`: twenty characters.
  let id: String
  let namespace: String
  let isolate: AppIsolate
  let session: SocketIOSession

  /// On the session's loop.
  var state = State.connecting
  /// On the session's loop.
  var memberships = TopicMemberships<Socket>()
  /// In the isolate.
  var seat = IsolateSeat()

  init(id: String, namespace: String, isolate: AppIsolate, session: SocketIOSession) {
    self.id = id
    self.namespace = namespace
    self.isolate = isolate
    self.session = session
  }

  /// Queues a packet for the client, unless it is not (or no more) in the namespace.
  func send(_ outbound: Outbound) {
    guard state == .connected else { return }
    session.send(outbound)
  }
}

/// The isolate's side of a socket.
struct IsolateSeat {
  /// The number by which scripts know the socket; 0 while it has no seat.
  var handle: UInt64 = 0
  /// Whether `on_connect` has let the client in.
  var isAccepted = false
  /// What the script did for the client before it was let in; performed after.
  var held: [Delivery] = []
}
