import Testing

@testable import Transport

@Suite(.timeLimit(.minutes(1))) struct SessionIDTests {
  @Test("fifteen characters, new each time, that name no node")
  func secret() {
    let ids = (0..<100).map { _ in SessionID.make() }
    #expect(Set(ids).count == 100)
    #expect(ids.allSatisfy { $0.utf8.count == 15 && SessionID.node(of: $0) == nil })
  }

  @Test(
    "behind the node that it names, whichever that is",
    arguments: [UInt64(0), 1, 63, 64, 0x8000_0000_0000_0000, .max, .random(in: 0...UInt64.max)])
  func mark(node: UInt64) {
    let ids = (0..<100).map { _ in SessionID.make(on: node) }
    #expect(Set(ids).count == 100)
    #expect(ids.allSatisfy { $0.utf8.count == 26 && SessionID.node(of: $0) == node })
    #expect(Set(ids.map { $0.prefix(11) }).count == 1)
  }

  @Test("what clients make up names a node or none")
  func madeUp() {
    #expect(SessionID.node(of: "") == nil)
    #expect(SessionID.node(of: String(repeating: "_", count: 26)) == nil)
    #expect(SessionID.node(of: String(repeating: "é", count: 13)) == nil)
    #expect(SessionID.node(of: String(repeating: "A", count: 27)) == nil)
    #expect(SessionID.node(of: String(repeating: "A", count: 26)) == 0)
  }
}
