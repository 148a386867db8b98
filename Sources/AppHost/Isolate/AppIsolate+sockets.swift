// What clients do, told to the scripts: joining a namespace, events, acks, leaving.

import LuaRuntime
import NIOCore
import RealtimeProtocol

extension AppIsolate {
  func connect(_ socket: Socket, _ auth: ByteBuffer?) {
    guard lua != nil, script(for: socket.namespace) != nil else {
      return refuse(socket, "\(name) is not running; the server's log says why")
    }
    if claim(socket, auth) || resume(socket, auth) { return }
    connectAnew(socket, auth)
  }

  /// Seats a client that begins anew.
  func connectAnew(_ socket: Socket, _ auth: ByteBuffer?) {
    guard let lua, let script = script(for: socket.namespace) else {
      return refuse(socket, "\(name) is not running; the server's log says why")
    }
    socket.seat.id = SocketID.make()
    socket.seat.handle = seats.seat(socket, id: socket.seat.id)
    let isOpen = lua.open(
      socket: socket.seat.handle, namespace: socket.namespace, script: script,
      id: socket.seat.id, session: socket.session.number)
    guard isOpen else {
      refuse(socket, "Too many namespaces")
      return leaveSeat(socket)
    }
    withBytes(of: auth) { lua.connect(socket: socket.seat.handle, auth: $0) }
  }

  private func refuse(_ socket: Socket, _ message: String) {
    let refusal = Outbound(connectError: message, in: socket.namespace)
    deliveries.append(.refuse(socket, refusal), to: socket.session.context)
  }

  /// Frees a socket's seat.
  func leaveSeat(_ socket: Socket) {
    recovery?.forget(socket.seat)
    forgetByLog(socket.seat)
    forsakeAll(socket)
    forgetPresence(of: socket)
    alarms.cancel(.forget(socket.seat.handle))
    seats.remove(socket.seat.handle)
    socket.seat = IsolateSeat()
  }

  func withBytes(of auth: ByteBuffer?, _ body: (UnsafeRawBufferPointer?) -> Void) {
    guard let auth else { return body(nil) }
    auth.withUnsafeReadableBytes { body($0) }
  }

  func dispatch(
    _ socket: Socket, _ payload: ByteBuffer, _ attachments: [ByteBuffer], _ ack: Int?
  ) {
    guard let lua, socket.seat.isAccepted else { return }
    payload.withUnsafeReadableBytes { bytes in
      lua.event(
        socket: socket.seat.handle, payload: bytes, attachments: attachments.map(\.bytes),
        ack: ack.map(Int64.init) ?? -1)
    }
  }

  /// Commands of a burst of events that are performed together.
  static let fewCommands = 64

  /// Dispatches events one after the other, as long as nothing has to happen between them.
  ///
  /// - Returns: those that are left, because the isolate must go elsewhere first.
  func dispatch(_ socket: Socket, _ run: EventRun) -> EventRun? {
    var done = 0
    run.bytes.withUnsafeReadableBytes { bytes in
      run.withEvents { events in
        while done < events.count, let lua, socket.seat.isAccepted {
          done += lua.events(
            socket: socket.seat.handle, .init(rebasing: events[done...]), in: bytes,
            commands: Self.fewCommands)
          noteTime()
          if tookLong || lua.isPaused || needsRestart || isLeavingForOwnThread { return }
          finishRun()
        }
        done = events.count
      }
    }
    if !isLeavingForOwnThread { finishRun() }
    return run.dropping(done)
  }

  func acknowledge(
    _ socket: Socket, _ id: Int, _ payload: ByteBuffer, _ attachments: [ByteBuffer]
  ) {
    guard let lua, socket.seat.handle != 0 else { return }
    alarms.acknowledged(socket: socket.seat.handle, id: Int64(id))
    payload.withUnsafeReadableBytes { bytes in
      lua.acknowledge(
        socket: socket.seat.handle, id: Int64(id), payload: bytes,
        attachments: attachments.map(\.bytes))
    }
  }

  func disconnect(_ socket: Socket, _ reason: CloseReason) {
    socket.seat.isClaiming = false
    guard socket.seat.handle != 0 else { return }
    // Waiting handlers are woken one after the other: a pause would leave some out.
    lua?.slice = nil
    defer { updateSlice() }
    let mayComeBack = mayComeBack(socket, reason)
    endPresence(of: socket, isLost: mayComeBack || reason.shouldReconnect)
    if mayComeBack { return park(socket, reason) }
    lua?.disconnect(socket: socket.seat.handle, reason: reason.rawValue)
    performCommands()
    leaveSeat(socket)
  }

  func fire(_ timer: UInt64) {
    guard let lua, alarms.contains(.timer(timer)) else { return }
    lua.fire(timer: timer)
    alarms.fired(timer, on: eventLoop) { [weak self, life] in
      self?.submit([.fire(timer: timer, life: life)])
    }
  }
}

extension ByteBuffer {
  fileprivate var bytes: [UInt8] { Array(readableBytesView) }
}
