import NIOConcurrencyHelpers
import NIOCore
import PubSub
import Testing

/// Who is present is the same on every node, whatever engine carries what the nodes tell one another.
@Suite(.timeLimit(.minutes(1)), .serialized) struct PresenceContract {
  private static let room = PresenceChannel("room", in: "/chat")

  @Test("every node knows who came and who left", arguments: EngineUnderTest.here)
  func comeAndGo(_ engine: EngineUnderTest) async throws {
    try await TestCluster.of(engine) { cluster in
      let nodes = try await Self.nodes(3, of: cluster)
      for (index, node) in nodes.enumerated() {
        for holder in 1...100 { node.come(UInt64(holder), as: "user \(index).\(holder % 10)") }
      }
      for node in nodes { try await node.knows(300) }
      for node in nodes {
        for holder in 1...99 { node.leave(UInt64(holder)) }
      }
      for node in nodes { try await node.knows(3) }
      #expect(Set(nodes.map(\.refs)).count == 1)
      for node in nodes { await node.end() }
    }
  }

  @Test(
    "a node that comes later, and one that could not be told, learn it all",
    arguments: EngineUnderTest.here)
  func late(_ engine: EngineUnderTest) async throws {
    try await TestCluster.of(engine) { cluster in
      var nodes = try await Self.nodes(2, of: cluster)
      // More than one message holds.
      for holder in 1...1_000 {
        nodes[0].come(UInt64(holder), as: String(repeating: "long", count: 60) + "\(holder)")
      }
      try await nodes[1].knows(1_000)
      nodes += try await Self.nodes(1, of: cluster)
      try await nodes[2].knows(1_000)
      try await cluster.middle.cut()
      for node in nodes { await node.node.heard { $0.health != .up } }
      nodes[0].leave(1)
      nodes[1].come(1, as: "meanwhile")
      nodes[1].come(2, as: "meanwhile")
      try await cluster.middle.mend()
      for node in nodes { try await node.knows(1_001) }
      #expect(Set(nodes.map(\.refs)).count == 1)
      for node in nodes { await node.end() }
    }
  }

  @Test("when a node dies its entries leave together", arguments: EngineUnderTest.here)
  func death(_ engine: EngineUnderTest) async throws {
    try await TestCluster.of(engine) { cluster in
      let nodes = try await Self.nodes(3, of: cluster)
      for node in nodes {
        for holder in 1...20 { node.come(UInt64(holder), as: "user \(holder)") }
      }
      for node in nodes { try await node.knows(60) }
      await nodes[2].end()
      for node in nodes.prefix(2) {
        node.note(end: nodes[2])
        try await node.knows(40)
        #expect(node.leaves.last == 20)
        await node.end()
      }
    }
  }

  private static func nodes(_ count: Int, of cluster: TestCluster) async throws -> [PresentNode] {
    var nodes: [PresentNode] = []
    for _ in 1...count {
      let node = try await cluster.node()
      try await node.subscribe(to: "bus")
      nodes.append(PresentNode(node))
    }
    return nodes
  }
}

/// A node with a table, which a task of its own keeps going.
private final class PresentNode: Sendable {
  private struct State {
    var table: PresenceTable
    /// What was received and is in the table.
    var read = 0
    var links = 0
    var isEnded = false
    /// The sizes of the differences by which somebody left.
    var leaves: [Int] = []
  }

  let node: TestNode
  private let state: NIOLockedValueBox<State>
  private let task: NIOLockedValueBox<Task<Void, Never>?> = .init(nil)

  init(_ node: TestNode) {
    self.node = node
    var limits = PresenceLimits()
    limits.grace = .milliseconds(300)
    let site = PresenceSite(node: .random(in: 1 ... .max), table: .random(in: 1 ... .max))
    var table = PresenceTable(site: site, limits: limits, isShared: true)
    table.linkIsUp(now: .now())
    state = NIOLockedValueBox(State(table: table, links: node.heard.links))
    task.withLockedValue { $0 = Task { [weak self] in await self?.run() } }
  }

  func come(_ holder: UInt64, as key: String) {
    let channel = PresenceChannel("room", in: "/chat")
    state.withLockedValue {
      $0.table.track(holder, as: PresenceIdentity(channel: channel, key: key, meta: "{}"))
    }
  }

  func leave(_ holder: UInt64) { state.withLockedValue { $0.table.leave(holder) } }

  func note(end other: PresentNode) {
    let node = other.state.withLockedValue { $0.table.site.node }
    state.withLockedValue { $0.table.end(node: node, now: .now()) }
  }

  var refs: [PresenceRef] {
    state.withLockedValue { $0.table.entries(on: PresenceChannel("room", in: "/chat")).map(\.ref) }
  }

  var leaves: [Int] { state.withLockedValue { $0.leaves } }

  /// Waits until so many are there, and everybody has been told.
  func knows(_ count: Int) async throws {
    while refs.count != count || state.withLockedValue({ $0.table.hasNews }) {
      try await Task.sleep(for: .milliseconds(10))
    }
  }

  /// Ends without a word.
  func end() async {
    state.withLockedValue { $0.isEnded = true }
    await task.withLockedValue { $0 }?.value
  }

  private func run() async {
    while !state.withLockedValue({ $0.isEnded }) && node.heard.health != .shutDown {
      turn()
      try? await Task.sleep(for: .milliseconds(10))
    }
  }

  private func turn() {
    let heard = node.heard
    let messages = state.withLockedValue { state in
      let now = NIODeadline.now()
      if heard.links > state.links {
        state.links = heard.links
        state.table.linkIsUp(now: now)
      }
      for publication in heard.publications.dropFirst(state.read) {
        var bytes = publication.message
        guard let message = PresenceMessage(readingFrom: &bytes) else { continue }
        state.table.receive(message, now: now)
      }
      state.read = heard.publications.count
      state.table.advance(to: now)
      let leaves = state.table.takeDiffs().map(\.diff.leaves.count)
      state.leaves += leaves.filter { $0 > 0 }
      return state.table.takeMessages(now: now)
    }
    for message in messages {
      var bytes = ByteBuffer()
      message.write(to: &bytes)
      node.engine.publish(bytes, on: "bus", keeping: nil) { _ in }
    }
  }
}
