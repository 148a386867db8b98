import NIOCore
import Testing

@testable import PubSub

@Suite struct PresenceTableTests {
  private static let room = PresenceChannel("room", in: "/chat")

  private static func person(_ key: String, meta: String = "{}") -> PresenceIdentity {
    PresenceIdentity(channel: room, key: key, meta: meta)
  }

  @Test("who is tracked is there until untracked, one entry a connection")
  func comesAndGoes() {
    var table = PresenceNode(isShared: false).table
    table.track(1, as: Self.person("ann"))
    table.track(2, as: Self.person("ann"))
    #expect(table.entries(on: Self.room).map(\.identity.key) == ["ann", "ann"])
    #expect(table.takeDiffs().first?.diff.joins.count == 2)
    table.untrack(1, from: Self.room)
    table.untrack(1, from: Self.room)
    table.leave(2)
    #expect(table.entries(on: Self.room).isEmpty)
    #expect(table.takeDiffs().first?.diff.leaves.count == 2)
    #expect(!table.hasNews && table.nextDeadline == nil)
  }

  @Test("what came and went in one turn is not told")
  func nothingHappened() {
    var table = PresenceNode().table
    table.track(1, as: Self.person("ann"))
    table.leave(1)
    #expect(table.takeDiffs().isEmpty)
  }

  @Test("to track again with another meta is a leave and a join; with the same one it is nothing")
  func update() throws {
    var table = PresenceNode(isShared: false).table
    table.track(1, as: Self.person("ann", meta: #"{"a":1}"#))
    _ = table.takeDiffs()
    table.track(1, as: Self.person("ann", meta: #"{"a":1}"#))
    #expect(!table.hasNews)
    table.track(1, as: Self.person("ann", meta: #"{"a":2}"#))
    let diff = try #require(table.takeDiffs().first?.diff)
    #expect(diff.leaves.map(\.identity.meta) == [#"{"a":1}"#])
    #expect(diff.joins.map(\.identity.meta) == [#"{"a":2}"#])
    #expect(diff.leaves[0].ref != diff.joins[0].ref)
  }

  @Test("a lost connection's entry stays for the time of grace, and leaves with it")
  func grace() {
    var node = PresenceNode()
    node.table.track(1, as: Self.person("ann"))
    _ = node.table.takeDiffs()
    node.table.lose(1, now: node.now)
    node.pass(.milliseconds(1_900))
    #expect(node.table.entries(on: Self.room).count == 1 && node.table.takeDiffs().isEmpty)
    node.pass(.milliseconds(200))
    #expect(node.table.entries(on: Self.room).isEmpty)
    #expect(node.table.takeDiffs().first?.diff.leaves.count == 1)
  }

  @Test("who comes back in time was never away; another meta is an update")
  func comesBack() {
    var node = PresenceNode()
    node.table.track(1, as: Self.person("ann"))
    let ref = node.table.ref(of: 1, on: Self.room)
    _ = node.table.takeDiffs()
    node.table.lose(1, now: node.now)
    node.pass(.seconds(1))
    node.table.track(2, as: Self.person("ann"))
    node.pass(.seconds(3))
    #expect(node.table.takeDiffs().isEmpty && node.table.ref(of: 2, on: Self.room) == ref)
    node.table.lose(2, now: node.now)
    node.table.track(3, as: Self.person("ann", meta: #"{"a":1}"#))
    node.pass(.seconds(3))
    #expect(node.table.entries(on: Self.room).map(\.identity.meta) == [#"{"a":1}"#])
  }

  @Test("two that were lost come back as two")
  func twoComeBack() {
    var node = PresenceNode()
    for holder: UInt64 in 1...2 { node.table.track(holder, as: Self.person("ann")) }
    _ = node.table.takeDiffs()
    for holder: UInt64 in 1...2 { node.table.lose(holder, now: node.now) }
    for holder: UInt64 in 3...5 { node.table.track(holder, as: Self.person("ann")) }
    node.pass(.seconds(3))
    #expect(node.table.entries(on: Self.room).count == 3)
    #expect(node.table.takeDiffs().first?.diff.joins.count == 1)
  }

  @Test("without grace who is lost is gone")
  func noGrace() {
    var node = PresenceNode()
    node.table.limits.grace = .zero
    node.table.track(1, as: Self.person("ann"))
    node.table.lose(1, now: node.now)
    #expect(node.table.entries(on: Self.room).isEmpty)
  }

  @Test("no more lost entries are kept than entries are allowed")
  func bounded() {
    var node = PresenceNode()
    node.table.limits.entries = 10
    for holder: UInt64 in 1...30 {
      node.table.track(holder, as: Self.person("\(holder)"))
      node.table.lose(holder, now: node.now)
    }
    #expect(node.table.entries(on: Self.room).count == 10)
  }

  @Test("a table without others has nothing to send, ever")
  func alone() {
    var table = PresenceTable(
      site: PresenceSite(node: 0, table: 1), limits: PresenceLimits(), isShared: false)
    table.linkIsUp(now: .now())
    table.track(1, as: Self.person("ann"))
    #expect(table.takeMessages(now: .now()).isEmpty && table.nextDeadline == nil)
  }

  @Test("a table that is not used has nothing to do")
  func unused() {
    var node = PresenceNode()
    #expect(node.table.nextDeadline == nil)
    #expect(node.table.takeMessages(now: node.now).isEmpty)
  }

  @Test("a thousand that come in one turn are told in one difference and few messages")
  func many() {
    var node = PresenceNode()
    for holder: UInt64 in 1...1_000 {
      node.table.track(holder, as: Self.person("user \(holder)"))
    }
    #expect(node.table.takeDiffs().map(\.diff.joins.count) == [1_000])
    #expect(node.table.takeMessages(now: node.now).count == 1)
  }
}
