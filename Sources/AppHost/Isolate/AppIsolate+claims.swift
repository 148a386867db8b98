// How clients come back where every node may be the one that they come back to. A claim is a record, too:
// whoever reads it knows all that came before, and its place in the log says who has the client from there on.
// The node that had it drops it when it reads that, without having been asked.

import LuaRuntime
import NIOCore
import PubSub
import RealtimeProtocol

extension AppIsolate {
  // MARK: New clients

  /// Lets a client in once all nodes know it, or with all that it has missed.
  func acceptByLog(_ socket: Socket) {
    if let offset = socket.seat.resumesAfter { return readmit(socket, after: offset) }
    guard let author = shared?.author else { return }
    let pid = SocketID.make()
    socket.seat.pid = pid
    shared?.handles[pid] = socket.seat.handle
    let namespace = socket.namespace
    let topics = [
      Topic.everyone(in: namespace), Topic.socket(socket.seat.id, in: namespace),
    ]
    let session = RecoverableSession(
      pid: pid, id: socket.seat.id, namespace: namespace, owner: author,
      membership: Membership(stays: topics.map { Membership.Stay(topic: $0, from: 0) }))
    write(.told([session], isNew: false), .opens(socket))
  }

  /// All nodes know the client.
  func opened(_ socket: Socket) {
    guard seats[socket.seat.handle] === socket, !socket.seat.isAccepted else { return }
    letIn(socket, Acceptance(id: socket.seat.id, pid: socket.seat.pid))
  }

  private func readmit(_ socket: Socket, after offset: UInt64) {
    guard let pid = socket.seat.pid, let session = shared?.sessions[pid],
      let packets = shared?.log.packets(after: offset, now: .now())
    else {
      return deliveries.append(.close(socket, .transportClose), to: socket.session.context)
    }
    socket.seat.resumesAfter = nil
    var acceptance = Acceptance(id: socket.seat.id, pid: pid)
    acceptance.topics = session.membership.topics
    acceptance.missed = packets.compactMap { number, sent in
      sent.received(by: session.membership, number: number)
    }
    letIn(socket, acceptance)
  }

  // MARK: Claims

  /// Claims a client's old socket, if it wants one.
  /// - Returns: false if it has none.
  func claim(_ socket: Socket, _ auth: ByteBuffer?) -> Bool {
    guard shared != nil, socket.session.isRecoverable, let auth, let claim = RecoveryClaim(auth),
      claim.pid.utf8.count <= Self.longestPID
    else { return false }
    socket.seat.isClaiming = true
    write(
      .claimed(pid: claim.pid, namespace: socket.namespace),
      .claims(socket, auth: auth, claim))
    return true
  }

  private static let longestPID = 64

  /// A client is back, here or elsewhere.
  func claimed(
    _ pid: String, in namespace: String, _ context: RecordContext,
    _ purpose: SharedRecovery.Own.Purpose
  ) {
    guard let place = shared?.position else { return }
    let found =
      context.isKept
      ? shared?.sessions.claim(
        pid, in: namespace, by: context.author, at: place.offset, now: .now()) : nil
    if found != nil, context.author != shared?.author { release(pid) }
    guard case .claims(let socket, let auth, let claim) = purpose, socket.seat.isClaiming
    else { return }
    socket.seat.isClaiming = false
    // What follows in the log is done at once: nothing may pause.
    lua?.slice = nil
    defer { updateSlice() }
    guard let session = found?.session else { return connectAnew(socket, auth) }
    let offset = claim.offset(in: place.epoch, atLeast: session.begins)
    guard session.isRecoverable(after: offset),
      shared?.log.holds(after: offset, now: .now()) == true,
      resume(socket, session, auth, after: offset)
    else {
      drop(pid)
      return connectAnew(socket, auth)
    }
  }

  /// Gives a client its socket back.
  /// - Returns: false if it has to begin anew.
  private func resume(
    _ socket: Socket, _ session: RecoverableSession, _ auth: ByteBuffer, after offset: UInt64
  ) -> Bool {
    if let handle = shared?.handles[session.pid], let old = seats[handle] {
      return resume(socket, from: old, auth, after: offset)
    }
    guard let lua, let script = script(for: session.namespace),
      seats.occupant(id: session.id) == nil
    else { return false }
    socket.seat.id = session.id
    socket.seat.handle = seats.seat(socket, id: session.id)
    let handle = socket.seat.handle
    let rooms = session.membership.topics.compactMap { Topic.room(of: $0, in: session.namespace) }
    let isOpen = lua.open(
      socket: handle, namespace: session.namespace, script: script, id: session.id,
      session: socket.session.number)
    guard isOpen, lua.restore(socket: handle, rooms: rooms) else {
      lua.disconnect(socket: handle, reason: CloseReason.forcedClose.rawValue)
      leaveSeat(socket)
      return false
    }
    socket.seat.pid = session.pid
    socket.seat.resumesAfter = offset
    shared?.handles[session.pid] = handle
    withBytes(of: auth) { lua.connect(socket: handle, auth: $0) }
    return true
  }

  /// The client is back on the node that it left.
  private func resume(
    _ socket: Socket, from old: Socket, _ auth: ByteBuffer, after offset: UInt64
  ) -> Bool {
    if !old.seat.isParked {
      deliveries.append(.close(old, .transportClose), to: old.session.context)
      disconnect(old, .transportClose)
    }
    guard old.seat.isParked else { return false }
    let handle = old.seat.handle
    alarms.cancel(.forget(handle))
    shared?.parked -= 1
    socket.seat = old.seat
    old.seat = IsolateSeat()
    socket.seat.isParked = false
    socket.seat.resumesAfter = offset
    seats.replace(handle, with: socket)
    withBytes(of: auth) { lua?.rejoin(socket: handle, auth: $0) }
    return true
  }

  /// The client of `pid` is another node's now.
  func release(_ pid: String) {
    guard let handle = shared?.handles.removeValue(forKey: pid), let socket = seats[handle]
    else { return }
    socket.seat.pid = nil
    if socket.seat.isParked { return forget(handle) }
    deliveries.append(.close(socket, .transportClose), to: socket.session.context)
    disconnect(socket, .transportClose)
  }

  /// The client is back, but not all that it missed is there.
  private func drop(_ pid: String) {
    write(.gone(pid: pid))
    release(pid)
  }

  // MARK: Leaving for good

  /// The seat is left: its client does not come back.
  func forgetByLog(_ seat: IsolateSeat) {
    guard shared != nil else { return }
    if seat.isParked { shared?.parked -= 1 }
    guard let pid = seat.pid else { return }
    shared?.handles[pid] = nil
    write(.gone(pid: pid))
  }

  /// A new state knows none of the clients that were here.
  func forgetAllByLog() {
    guard let handles = shared?.handles else { return }
    shared?.handles = [:]
    shared?.parked = 0
    for pid in handles.keys { write(.gone(pid: pid)) }
    tellLater()
  }
}
