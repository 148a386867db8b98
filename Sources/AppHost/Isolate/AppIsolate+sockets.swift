// What clients do, told to the scripts: joining a namespace, events, acks, leaving.

import LuaRuntime
import NIOCore
import RealtimeProtocol

extension AppIsolate {
  func connect(_ socket: Socket, _ auth: ByteBuffer?) {
    guard let lua, lua.namespaces.contains(socket.namespace) else {
      let message = "\(name) is not running; the server's log says why"
      let refusal = Outbound(connectError: message, in: socket.namespace)
      deliveries.append(.refuse(socket, refusal), to: socket.session.context)
      return
    }
    socket.seat.handle = seats.seat(socket, id: socket.id)
    lua.open(
      socket: socket.seat.handle, namespace: socket.namespace, id: socket.id,
      session: socket.session.number)
    if let auth {
      auth.withUnsafeReadableBytes { lua.connect(socket: socket.seat.handle, auth: $0) }
    } else {
      lua.connect(socket: socket.seat.handle, auth: nil)
    }
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
    guard socket.seat.handle != 0 else { return }
    // Waiting handlers are woken one after the other: a pause would leave some out.
    lua?.slice = nil
    lua?.disconnect(socket: socket.seat.handle, reason: reason.rawValue)
    updateSlice()
    performCommands()
    seats.remove(socket.seat.handle)
    socket.seat = IsolateSeat()
  }

  func fire(_ timer: UInt64) {
    guard let lua, alarms.contains(.timer(timer)) else { return }
    lua.fire(timer: timer)
    alarms.fired(timer, on: eventLoop) { [weak self] in self?.submit([.fire(timer: timer)]) }
  }
}

extension ByteBuffer {
  fileprivate var bytes: [UInt8] { Array(readableBytesView) }
}
