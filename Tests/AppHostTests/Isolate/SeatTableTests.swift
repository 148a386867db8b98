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

  @Test("gives a seat with its id to another occupant")
  func replacing() {
    var table = SeatTable<Guest>()
    let handle = table.seat(Guest(), id: "a")
    let successor = Guest()
    table.replace(handle, with: successor)
    #expect(table[handle] === successor && table.occupant(id: "a") === successor)
    #expect(table.count == 1)
    table.remove(handle)
    table.replace(handle, with: successor)
    #expect(table[handle] == nil && table.occupant(id: "a") == nil && table.count == 0)
  }

  @Test("with a mark knows none of another table's handles")
  func marks() {
    var plain = SeatTable<Guest>()
    var marked = SeatTable<Guest>(mark: 1 << 62)
    let handles = (plain.seat(Guest(), id: "a"), marked.seat(Guest(), id: "a"))
    #expect(handles.0 != handles.1)
    #expect(plain[handles.0] != nil && marked[handles.1] != nil)
    #expect(plain[handles.1] == nil && marked[handles.0] == nil)
    for handle in [0, 1 << 62, UInt64.max] { #expect(marked[handle] == nil) }
  }

  @Test("knows those who have a seat and nobody else: fuzz")
  func fuzzAgainstDictionary() {
    Fuzz.run { generator in
      var table = SeatTable<Guest>(mark: Bool.random(using: &generator) ? 1 << 62 : 0)
      var seated: [UInt64: (id: String, guest: Guest)] = [:]
      var given: [UInt64] = []
      for number in 0..<30 {
        let known = given.randomElement(using: &generator)
        switch (known, Int.random(in: 0..<5, using: &generator)) {
        case (let handle?, 0), (let handle?, 1):
          table.remove(handle)
          seated[handle] = nil
        case (let handle?, 2):
          let guest = Guest()
          table.replace(handle, with: guest)
          seated[handle]?.guest = guest
        default:
          let guest = Guest()
          let handle = table.seat(guest, id: "\(number)")
          #expect(!given.contains(handle))
          given.append(handle)
          seated[handle] = ("\(number)", guest)
        }
        #expect(table.count == seated.count)
        for handle in given { #expect(table[handle] === seated[handle]?.guest) }
        for (id, guest) in seated.values { #expect(table.occupant(id: id) === guest) }
      }
    }
  }
}
