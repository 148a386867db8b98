// Connection state recovery as Socket.IO clients know it: packets are numbered as they are sent, a
// client that is gone keeps its seat for a while, and one that comes back with its pid and the last
// number that it got is sent what it missed. It is authenticated again.

import LuaRuntime
import NIOCore
import PubSub
import RealtimeProtocol

extension AppIsolate {
  // MARK: While clients are here

  /// Gives a new socket that is let in the secret by which its client can come back.
  private func makeRecoverable(_ socket: Socket) {
    guard let recovery, socket.session.isRecoverable else { return }
    let pid = SocketID.make()
    socket.seat.pid = pid
    socket.seat.beginsAfter = recovery.log.top
    self.recovery?.remember(pid, handle: socket.seat.handle)
    let namespace = socket.namespace
    socket.seat.membership.join(Topic.everyone(in: namespace), after: recovery.log.top)
    socket.seat.membership.join(
      Topic.socket(socket.seat.id, in: namespace), after: recovery.log.top)
  }

  /// The packet as it goes out: with its number, if packets are numbered. One that may not reach its
  /// client repeats the last number, so that its own last argument is not taken for one.
  func numbered(
    _ packet: Outbound, to topics: [String], except excluded: [String] = [],
    withoutPosition: String? = nil
  ) -> Outbound {
    guard let recovery, packet.takesOffset else { return packet }
    if !packet.waits { return packet.numbered(recovery.top) }
    let epoch = recovery.epoch
    let sent = self.recovery?.log.append(bytes: packet.text.frame.readableBytes, now: .now()) {
      SentPacket(
        packet: packet.numbered(Position(epoch: epoch, offset: $0)), topics: topics,
        excluded: excluded, withoutPosition: withoutPosition)
    }
    return sent?.packet ?? packet
  }

  /// What a delivery changes for a client that may come back.
  func noted(_ delivery: Delivery) -> Delivery {
    guard let recovery else { return delivery }
    let top = recovery.log.top
    switch delivery {
    case .send(let socket, let packet):
      let address = [Topic.socket(socket.seat.id, in: socket.namespace)]
      return .send(socket, numbered(packet, to: address))
    case .join(let socket, let topic):
      socket.seat.membership.join(topic, after: top)
    case .leave(let socket, let topic):
      socket.seat.membership.leave(topic, after: top, first: recovery.log.first)
    case .follow(let socket, let topic, let positions, _):
      socket.seat.membership.leave(topic, after: top, first: recovery.log.first)
      socket.seat.membership.join(positions, after: top)
    default: break
    }
    return delivery
  }

  // MARK: When they go

  /// Whether the client may come back to its socket.
  func mayComeBack(_ socket: Socket, _ reason: CloseReason) -> Bool {
    guard socket.seat.pid != nil else { return false }
    // One that came back and is gone before it was let in has missed only more.
    guard socket.seat.isAccepted || socket.seat.resumesAfter != nil else { return false }
    if let shared {
      // Where this node ends, others go on: nobody is away from here.
      if reason == .serverShuttingDown { return !shared.isAway }
      return shared.hasRoom && !shared.isAway && reason.isRecoverable
    }
    return recovery?.hasRoom == true && reason.isRecoverable
  }

  /// Keeps the seat of a client that is gone.
  func park(_ socket: Socket, _ reason: CloseReason) {
    guard let time = recovery?.limits.time ?? shared?.limits.time else { return }
    let handle = socket.seat.handle
    lua?.park(socket: handle, reason: reason.rawValue)
    performCommands()
    // What was to follow its acceptance is part of what it has missed.
    for delivery in socket.seat.held {
      if shared == nil { _ = noted(delivery) } else { noteByLog(delivery, socket) }
    }
    socket.seat.held = []
    socket.seat.isParked = true
    socket.seat.isAccepted = false
    socket.seat.resumesAfter = nil
    recovery?.parks()
    shared?.parked += 1
    alarms.start(.forget(handle), after: time, repeats: false, on: eventLoop) {
      [weak self] in self?.submit([.forget(handle: handle)])
    }
  }

  /// The client of a parked socket does not come back.
  func forget(_ handle: UInt64) {
    alarms.cancel(.forget(handle))
    guard let socket = seats[handle], socket.seat.isParked else { return }
    lua?.forget(socket: handle)
    leaveSeat(socket)
  }

  // MARK: When they come back

  /// Gives a client its old socket, if it is one that comes back in time.
  /// - Returns: false if it has to begin anew.
  func resume(_ socket: Socket, _ auth: ByteBuffer?) -> Bool {
    guard let recovery, socket.session.isRecoverable, let auth,
      let claim = RecoveryClaim(auth), let handle = recovery.handle(pid: claim.pid),
      let old = seats[handle], old.namespace == socket.namespace
    else { return false }
    let offset = claim.offset(in: recovery.epoch, atLeast: old.seat.beginsAfter)
    guard self.recovery?.log.holds(after: offset, now: .now()) == true else {
      drop(old)
      return false
    }
    if !old.seat.isParked { takeOver(old) }
    guard old.seat.isParked else { return false }
    alarms.cancel(.forget(handle))
    self.recovery?.returns()
    socket.seat = old.seat
    old.seat = IsolateSeat()
    socket.seat.isParked = false
    socket.seat.resumesAfter = offset
    seats.replace(handle, with: socket)
    withBytes(of: auth) { lua?.rejoin(socket: handle, auth: $0) }
    return true
  }

  /// The client is back before its old connection was found dead.
  private func takeOver(_ old: Socket) {
    deliveries.append(.close(old, .transportClose), to: old.session.context)
    disconnect(old, .transportClose)
  }

  /// The client is back, but not all that it missed is there.
  private func drop(_ old: Socket) {
    if old.seat.isParked {
      forget(old.seat.handle)
    } else {
      deliveries.append(.close(old, .transportClose), to: old.session.context)
    }
  }

  /// What a client that is let in is told, and what it has missed; nil if that is not all there any
  /// more, because letting it in has taken long.
  func acceptance(of socket: Socket) -> Acceptance? {
    guard let offset = socket.seat.resumesAfter else {
      makeRecoverable(socket)
      return Acceptance(id: socket.seat.id, pid: socket.seat.pid)
    }
    guard let packets = recovery?.log.packets(after: offset, now: .now()) else { return nil }
    socket.seat.resumesAfter = nil
    var acceptance = Acceptance(id: socket.seat.id, pid: socket.seat.pid)
    acceptance.topics = socket.seat.membership.topics
    acceptance.missed = packets.compactMap { number, sent in
      sent.received(by: socket.seat.membership, number: number)
    }
    return acceptance
  }
}

extension CloseReason {
  /// Whether a client that left for this reason may come back to its socket.
  fileprivate var isRecoverable: Bool {
    switch self {
    case .transportError, .transportClose, .forcedClose, .pingTimeout, .slowConsumer: true
    default: false
    }
  }
}
