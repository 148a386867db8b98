// The sockets of an isolate by the numbers that its scripts hold. A number names one socket for
// ever: the low half is a slot that is used again, the high half counts its uses.

/// A table from handles to occupants with constant-time access and no hashing.
struct SeatTable<Occupant: AnyObject> {
  private struct Slot {
    var serial: UInt32
    var id: String
    var occupant: Occupant?
  }

  /// Set in every handle, so that those of two tables differ.
  private let mark: UInt64
  private var slots: [Slot] = []
  private var free: [UInt32] = []
  private var byID: [String: Occupant] = [:]

  /// - Parameter mark: a bit from 62 on that all handles have; 0 for none.
  init(mark: UInt64 = 0) { self.mark = mark }

  /// How many have a seat.
  var count: Int { byID.count }

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
      return mark | 1 << 32 | UInt64(slots.count - 1)
    }
    slots[Int(index)].occupant = occupant
    slots[Int(index)].id = id
    return mark | UInt64(slots[Int(index)].serial) << 32 | UInt64(index)
  }

  /// Frees a seat. A slot whose serial numbers are used up is not used again.
  mutating func remove(_ handle: UInt64) {
    guard let index = slot(of: handle), slots[index].occupant != nil else { return }
    byID[slots[index].id] = nil
    slots[index].occupant = nil
    slots[index].id = ""
    slots[index].serial &+= 1
    if slots[index].serial < Self.lastSerial { free.append(UInt32(index)) }
  }

  /// Lets another occupant take a seat over, with its id.
  mutating func replace(_ handle: UInt64, with occupant: Occupant) {
    guard let index = slot(of: handle) else { return }
    slots[index].occupant = occupant
    byID[slots[index].id] = occupant
  }

  private static var lastSerial: UInt32 { 1 << 29 }

  private func slot(of handle: UInt64) -> Int? {
    let index = Int(handle & 0xFFFF_FFFF)
    guard handle & mark == mark, index < slots.count,
      slots[index].serial == UInt32(truncatingIfNeeded: (handle & ~mark) >> 32)
    else { return nil }
    return index
  }
}
