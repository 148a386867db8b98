import Testing

@testable import AppHost

private final class Guest {}

@Suite("A seat table")
struct SeatTableTests {
  @Test("never gives a handle twice, although it uses slots again")
  func handles() {
    var table = SeatTable<Guest>()
    var handles: Set<UInt64> = []
    for round in 0..<100 {
      let guest = Guest()
      let handle = table.seat(guest, id: "\(round)")
      #expect(handle != 0)
      #expect(handles.insert(handle).inserted)
      #expect(table[handle] === guest)
      #expect(table.occupant(id: "\(round)") === guest)
      table.remove(handle)
      #expect(table[handle] == nil)
      #expect(table.occupant(id: "\(round)") == nil)
    }
    #expect(table.occupants.isEmpty)
  }

  @Test("knows nobody by a stale or made-up handle, and a second removal changes nothing")
  func staleHandles() {
    var table = SeatTable<Guest>()
    let first = table.seat(Guest(), id: "a")
    table.remove(first)
    let second = table.seat(Guest(), id: "b")
    table.remove(first)
    #expect(table[second] != nil)
    for handle in [0, first, 99, UInt64.max] { #expect(table[handle] == nil) }
  }
}
