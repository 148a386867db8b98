// One client's connection, whatever wire it came by: Socket.IO or a plain one. Isolates and loop
// contexts speak to this; the subclasses know the wires. Overridden methods are called on the
// connection's loop.

import LuaRuntime
import NIOCore
import RealtimeProtocol
import Transport

/// The connection behind sockets.
// @unchecked: mutable state is touched on `context.eventLoop` only.
class SocketSession: @unchecked Sendable {
  /// Tells this connection from all others of the process.
  let number: UInt64
  let context: LoopContext
  let handshake: Handshake
  /// What waits until the client can take it; nil while nothing does.
  var kept: KeptEvents?

  init(number: UInt64, context: LoopContext, handshake: Handshake) {
    self.number = number
    self.context = context
    self.handshake = handshake
  }

  /// Lets the socket in.
  /// - Returns: false if the client has left meanwhile.
  func accept(_ socket: Socket, _ acceptance: Acceptance) -> Bool { false }

  /// Turns the socket away; the packet is a connect_error.
  func refuse(_ socket: Socket, _ refusal: Outbound) {}

  /// Sends a packet to a socket that has been let in.
  func send(_ forms: inout OutboundForms, to socket: Socket) {}

  /// Sends a publication to a socket that wants positions.
  func publish(_ forms: inout OutboundForms, to socket: Socket) {}

  /// Sends events and acks as the script left them.
  /// - Returns: false if this wire cannot do that; nothing has been sent then.
  func send(_ packets: LuaPackets, to socket: Socket) -> Bool { false }

  /// Sends packets to a socket that has been let in.
  func send(_ batch: inout OutboundBatch, to socket: Socket) {
    batch.withEach { send(&$0, to: socket) }
  }

  /// Sends publications to a socket that wants positions.
  func publish(_ batch: inout OutboundBatch, to socket: Socket) {
    batch.withEach { publish(&$0, to: socket) }
  }

  /// Tells a client about its subscription, then what it has missed.
  func subscribed(_ socket: Socket, _ subscription: Subscription) {}

  /// Ends the membership of the namespace.
  func disconnect(_ socket: Socket) {}

  /// Ends the connection.
  func close(_ reason: CloseReason) {}

  /// Whether an event of which only the newest counts is better sent now than kept.
  var takesNewest: Bool { true }

  /// Sends an event that may have been kept.
  func sendNewest(_ packet: Outbound, to socket: Socket) {}

  /// Something is kept from now on: ``sendKept()`` is to be called when the client can take it.
  func beganKeeping() {}

  /// Whether `bytes` more may wait for the client.
  func hasRoom(for bytes: Int) -> Bool { true }

  /// Ends the connection, because too much waits for the client.
  func cutOff() { close(.slowConsumer) }

  /// Whether clients of this wire can come back to their sockets.
  var isRecoverable: Bool { false }

  /// Tells the app, and all who would send to it, that `socket` is gone.
  func depart(_ socket: Socket, _ reason: CloseReason) {
    guard socket.state != .closed else { return }
    socket.state = .closed
    takeKept(of: socket)
    context.forget(socket)
    context.enqueue(.disconnect(socket, reason), for: socket.isolate)
  }
}
