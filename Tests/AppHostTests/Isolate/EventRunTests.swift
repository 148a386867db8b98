import LuaRuntime
import NIOCore
import Testing

@testable import AppHost

@Suite("Events of one read")
struct EventRunTests {
  @Test("stay in order, one or many, and what is left after some of them too", arguments: 0...4)
  func order(count: Int) {
    var run = EventRun(in: ByteBuffer(string: "abcdefgh"))
    for index in 0..<count { run.append(2 * index..<2 * index + 1, ack: index == 1 ? nil : index) }
    let starts = (0..<count).map { Int32(2 * $0) }
    #expect(run.count == count)
    #expect(run.withEvents { $0.map(\.start) } == starts)
    #expect(run.withEvents { $0.map(\.ack) } == (0..<count).map { $0 == 1 ? -1 : Int64($0) })
    for dropped in 0...count {
      let rest = run.dropping(dropped)
      #expect(
        rest?.withEvents { $0.map(\.start) } == (dropped < count ? Array(starts[dropped...]) : nil))
    }
  }
}
