import NIOCore
import Testing

@testable import PubSub

@Suite struct NodeTableTests {
  private static let start = NIODeadline.uptimeNanoseconds(1_000_000_000)

  private static func node(_ id: UInt64, apps: Set<String> = ["chat"]) -> ClusterNode {
    ClusterNode(id: id, startTime: 0, address: "host-\(id):80", apps: apps)
  }

  /// A linked table of node 1 that serves `chat`.
  private static func table(timeout: TimeAmount = .seconds(5)) -> NodeTable {
    var table = NodeTable(own: node(1), timeout: timeout)
    _ = table.linkUp(now: start)
    return table
  }

  /// Lets time pass, the engine alive; answers what was done.
  private static func pass(
    _ table: inout NodeTable, from: Int64, to: Int64, isAlive: Bool = true,
    each: (inout NodeTable, NIODeadline) -> Void = { _, _ in }
  ) -> [NodeTable.Action] {
    var actions: [NodeTable.Action] = []
    for millisecond in stride(from: from, to: to, by: 250) {
      let now = start + .milliseconds(millisecond)
      each(&table, now)
      let due = table.tick(now: now)
      actions += due
      if isAlive, due.contains(.probe) { table.answered(isAlive: true, now: now) }
    }
    return actions
  }

  @Test("a new node asks all to announce themselves, and is answered at once")
  func hello() {
    var table = NodeTable(own: Self.node(1), timeout: .seconds(5))
    #expect(table.tick(now: Self.start) == [])
    #expect(table.linkUp(now: Self.start) == [.send(.hello(Self.node(1)))])
    #expect(table.linkUp(now: Self.start) == [])
    let actions = table.received(.hello(Self.node(2)), now: Self.start + .milliseconds(600))
    #expect(actions == [.up(2, app: "chat"), .send(.here(Self.node(1)))])
    #expect(table.nodes == [Self.node(2)])
  }

  @Test("many that ask at once are answered once")
  func manyHellos() {
    var table = Self.table()
    var sent = 0
    for id in 2...50 {
      let actions = table.received(.hello(Self.node(UInt64(id))), now: Self.start)
      sent += actions.count { $0 == .send(.here(Self.node(1))) }
    }
    #expect(sent == 0)
    #expect(table.tick(now: Self.start + .milliseconds(250)) == [.send(.here(Self.node(1)))])
  }

  @Test("a node announces itself every second")
  func announcements() {
    var table = Self.table()
    let actions = Self.pass(&table, from: 250, to: 5_001)
    #expect(actions == Array(repeating: .send(.here(Self.node(1))), count: 5))
  }

  @Test("a node hears neither itself nor of apps that it does not serve")
  func own() {
    var table = Self.table()
    #expect(table.received(.hello(Self.node(1)), now: Self.start) == [])
    #expect(table.received(.here(Self.node(2, apps: ["quiz"])), now: Self.start) == [])
    #expect(table.nodes.map(\.id) == [2])
    let actions = table.serve("quiz", now: Self.start)
    #expect(actions == [.send(.here(Self.node(1, apps: ["chat", "quiz"]))), .up(2, app: "quiz")])
    #expect(table.serve("quiz", now: Self.start) == [])
    #expect(table.withdraw("quiz", now: Self.start) == [.send(.here(Self.node(1)))])
    #expect(table.received(.goodbye(2), now: Self.start) == [])
  }

  @Test("a node that serves an app no more is down for that app")
  func withdrawing() {
    var table = Self.table()
    _ = table.received(.here(Self.node(2)), now: Self.start)
    #expect(
      table.received(.here(Self.node(2, apps: [])), now: Self.start) == [.down(2, app: "chat")])
    #expect(table.received(.here(Self.node(2)), now: Self.start) == [.up(2, app: "chat")])
  }

  @Test("an address that changes is announced, and known from then on")
  func addresses() {
    var table = Self.table()
    var moved = Self.node(1)
    moved.address = "elsewhere:81"
    #expect(table.move(to: "elsewhere:81", now: Self.start) == [.send(.here(moved))])
    #expect(table.move(to: "elsewhere:81", now: Self.start) == [])
    _ = table.received(.here(Self.node(2)), now: Self.start)
    var other = Self.node(2)
    other.address = ""
    #expect(table.received(.here(other), now: Self.start) == [])
    #expect(table.nodes == [other])
  }

  @Test("who says goodbye is down at once")
  func goodbye() {
    var table = Self.table()
    _ = table.received(.here(Self.node(2)), now: Self.start)
    #expect(table.received(.goodbye(2), now: Self.start) == [.down(2, app: "chat")])
    #expect(table.received(.goodbye(2), now: Self.start) == [])
    #expect(table.goodbye() == [.send(.goodbye(1))])
    table.linkDown()
    #expect(table.goodbye() == [])
  }

  @Test("who is silent for the timeout is down, not before", arguments: [1_000, 5_000, 60_000])
  func silence(_ timeout: Int64) {
    var table = Self.table(timeout: .milliseconds(timeout))
    _ = table.received(.here(Self.node(2)), now: Self.start)
    let early = Self.pass(&table, from: 250, to: timeout)
    #expect(!early.contains(.down(2, app: "chat")))
    let late = Self.pass(&table, from: timeout, to: timeout + 1_250)
    #expect(late.count { $0 == .down(2, app: "chat") } == 1)
    #expect(table.nodes == [])
  }

  @Test("who is heard stays")
  func heard() {
    var table = Self.table()
    let actions = Self.pass(&table, from: 250, to: 60_000) { table, now in
      if now.uptimeNanoseconds / 250_000_000 % 16 == 0 {
        _ = table.received(.here(Self.node(2)), now: now)
      }
    }
    #expect(!actions.contains(.down(2, app: "chat")))
    #expect(table.nodes.map(\.id) == [2])
  }

  @Test("while the engine does not answer nobody is down, and all silence begins anew when it does")
  func standstill() {
    var table = Self.table()
    _ = table.received(.here(Self.node(2)), now: Self.start)
    let silent = Self.pass(&table, from: 250, to: 30_000, isAlive: false)
    #expect(silent.count { $0 == .probe } == 1)
    table.answered(isAlive: true, now: Self.start + .seconds(30))
    let grace = Self.pass(&table, from: 30_000, to: 35_000)
    #expect(!silent.contains(.down(2, app: "chat")) && !grace.contains(.down(2, app: "chat")))
    let late = Self.pass(&table, from: 35_000, to: 36_250)
    #expect(late.contains(.down(2, app: "chat")))
  }

  @Test("while the link is lost nobody is down, and there is a grace when it is back")
  func lostLink() {
    var table = Self.table()
    _ = table.received(.here(Self.node(2)), now: Self.start)
    table.linkDown()
    #expect(Self.pass(&table, from: 250, to: 60_000) == [])
    #expect(table.linkUp(now: Self.start + .seconds(60)) == [.send(.hello(Self.node(1)))])
    let grace = Self.pass(&table, from: 60_000, to: 68_000)
    #expect(!grace.contains(.down(2, app: "chat")))
    let late = Self.pass(&table, from: 68_000, to: 69_250)
    #expect(late.contains(.down(2, app: "chat")))
  }

  @Test("beyond so many nodes further ones are ignored")
  func bound() {
    var table = Self.table()
    for id in 2...UInt64(NodeTable.mostNodes + 2) {
      _ = table.received(.here(Self.node(id)), now: Self.start)
    }
    #expect(table.nodes.count == NodeTable.mostNodes)
  }
}
