// The sockets of an isolate by the numbers that its scripts hold. A number names one socket for
// ever: the low half is a slot that is used again, the high half counts its uses.

/// A table from handles to sockets with constant-time access and no hashing.
struct SocketSeats {
  private struct Slot {
    var serial: UInt32
    var socket: Socket?
  }

  private var slots: [Slot] = []
  private var free: [UInt32] = []
  private var byID: [String: Socket] = [:]

  /// All seated sockets.
  var sockets: some Collection<Socket> { byID.values }

  /// The socket of `handle`, unless it has left.
  subscript(handle: UInt64) -> Socket? {
    let index = Int(handle & 0xFFFF_FFFF)
    guard index < slots.count, slots[index].serial == UInt32(handle >> 32) else { return nil }
    return slots[index].socket
  }

  /// The socket whose client knows it as `id`.
  func socket(id: String) -> Socket? { byID[id] }

  /// Seats `socket`.
  /// - Returns: its handle, never 0.
  mutating func seat(_ socket: Socket) -> UInt64 {
    byID[socket.id] = socket
    if let index = free.popLast() {
      slots[Int(index)].socket = socket
      return UInt64(slots[Int(index)].serial) << 32 | UInt64(index)
    }
    slots.append(Slot(serial: 1, socket: socket))
    return 1 << 32 | UInt64(slots.count - 1)
  }

  /// Frees the place of `socket`.
  mutating func remove(_ socket: Socket) {
    let index = Int(socket.seat.handle & 0xFFFF_FFFF)
    guard self[socket.seat.handle] === socket else { return }
    byID[socket.id] = nil
    slots[index].socket = nil
    slots[index].serial &+= 1
    free.append(UInt32(index))
  }
}
