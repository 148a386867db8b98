// The sockets of an isolate by the numbers that its scripts hold. A number names one socket for
// ever: the low half is a slot that is used again, the high half counts its uses.

/// A table from handles to occupants with constant-time access and no hashing.
struct SeatTable<Occupant: AnyObject> {
  private struct Slot {
    var serial: UInt32
    var id: String
    var occupant: Occupant?
  }

  private var slots: [Slot] = []
  private var free: [UInt32] = []
  private var byID: [String: Occupant] = [:]

  /// All who have a seat.
  var occupants: [Occupant] { Array(byID.values) }

  /// Who has the seat `handle`, unless it was left.
  subscript(handle: UInt64) -> Occupant? { slot(of: handle).flatMap { slots[$0].occupant } }

  /// Who is known to clients as `id`.
  func occupant(id: String) -> Occupant? { byID[id] }

  /// Gives `occupant` a seat.
  /// - Returns: its handle, never 0 and never given again.
  mutating func seat(_ occupant: Occupant, id: String) -> UInt64 {
    byID[id] = occupant
    guard let index = free.popLast() else {
      slots.append(Slot(serial: 1, id: id, occupant: occupant))
      return 1 << 32 | UInt64(slots.count - 1)
    }
    slots[Int(index)].occupant = occupant
    slots[Int(index)].id = id
    return UInt64(slots[Int(index)].serial) << 32 | UInt64(index)
  }

  /// Frees a seat. A slot whose serial numbers are used up is not used again.
  mutating func remove(_ handle: UInt64) {
    guard let index = slot(of: handle), slots[index].occupant != nil else { return }
    byID[slots[index].id] = nil
    slots[index].occupant = nil
    slots[index].id = ""
    slots[index].serial &+= 1
    if slots[index].serial != 0 { free.append(UInt32(index)) }
  }

  private func slot(of handle: UInt64) -> Int? {
    let index = Int(handle & 0xFFFF_FFFF)
    guard index < slots.count, slots[index].serial == UInt32(handle >> 32) else { return nil }
    return index
  }
}
