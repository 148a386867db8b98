import NIOCore
import RealtimeProtocol

/// What an isolate asks an event loop to do with the sockets that live there.
///
/// Deliveries to one loop are performed in the order in which the script asked for them.
enum Delivery: Sendable {
  case send(Socket, Outbound)
  /// To one who is addressed by its id, unless it is a member of any of the topics.
  case sendUnless(Socket, in: [String], Outbound)
  /// To every member of any of `topics` but those of `excluded` and those in `without`.
  case broadcast(topics: [String], excluded: [String], without: [Socket], Outbound)
  /// To the subscribers of a channel, those who want positions, if there can be any, and those who do not.
  case publish(topic: String, positions: String?, Outbound)
  case join(Socket, topic: String)
  case leave(Socket, topic: String)
  /// The socket subscribes with positions, no more without.
  case follow(Socket, topic: String, positions: String, Subscription)
  /// The script lets the client in.
  case accept(Socket, Acceptance)
  /// The script turns the client away; the packet is a complete connect_error.
  case refuse(Socket, Outbound)
  /// The script ends the client's membership of the namespace.
  case disconnect(Socket)
  /// The whole connection of the socket ends.
  case close(Socket, CloseReason)
  /// The head of a response to an HTTP request, or all of it.
  case respond(RequestExchange, RouteResponse)
  /// The next bytes of a streamed response.
  case stream(RequestExchange, ByteBuffer)
  /// The end of a streamed response, which a failure may have cut short.
  case endStream(RequestExchange, isComplete: Bool)
}

extension Delivery {
  /// Whether it is something that the client sees, besides where it belongs.
  var isPacket: Bool {
    switch self {
    case .join, .leave, .follow: false
    default: true
    }
  }

  /// Whether the client joins or leaves something.
  var isMove: Bool {
    switch self {
    case .join, .leave: true
    default: false
    }
  }
}
