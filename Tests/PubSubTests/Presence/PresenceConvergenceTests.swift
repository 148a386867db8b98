import NIOCore
import Testing

@testable import PubSub

/// Whatever happens to connections, messages and nodes, all tables agree on the truth in the end.
@Suite struct PresenceConvergenceTests {
  private static let channels = ["a", "b"].map { PresenceChannel($0, in: "/chat") }

  private static func anybody(_ generator: inout SeededGenerator) -> PresenceIdentity {
    PresenceIdentity(
      channel: channels[Int.random(in: 0..<channels.count, using: &generator)],
      key: ["ann", "bob", "eve"][Int.random(in: 0..<3, using: &generator)],
      meta: ["{}", #"{"a":1}"#][Int.random(in: 0..<2, using: &generator)])
  }

  private static func happen(_ network: inout PresenceNetwork, _ generator: inout SeededGenerator) {
    let index = Int.random(in: 0..<network.nodes.count, using: &generator)
    let holder = network.truth[index].keys.sorted().randomElement(using: &generator)
    switch Int.random(in: 0..<100, using: &generator) {
    case 0..<40: network.join(index, anybody(&generator))
    case 40..<50: if let holder { network.change(index, holder, to: anybody(&generator)) }
    case 50..<65: if let holder { network.leave(index, holder, isLost: false) }
    case 65..<85:
      guard let holder, let identity = network.truth[index][holder] else { return }
      network.leave(index, holder, isLost: true)
      // Many come back, to whichever node.
      if generator.chance(0.7) {
        network.join(Int.random(in: 0..<network.nodes.count, using: &generator), identity)
      }
    case 85..<86: network.kill(index, isNoticed: generator.chance(0.5))
    default: network.pass(.milliseconds(Int64.random(in: 1...700, using: &generator)))
    }
  }

  @Test("three tables agree on the truth, and so do their observers")
  func converges() {
    let iterations = Swift.max(60, Fuzz.iterations / 10)
    for seed in 0..<UInt64(iterations) {
      var generator = SeededGenerator(seed: seed)
      var network = PresenceNetwork(count: 3)
      network.faults = .init(
        loss: seed.isMultiple(of: 2) ? 0.2 : 0, repetition: 0.1,
        delay: seed.isMultiple(of: 3) ? 0.2 : 0)
      for _ in 0..<150 {
        Self.happen(&network, &generator)
        if generator.chance(0.5) { network.turn(&generator) }
      }
      network.settle(&generator)
      let refs = network.entries(0, on: Self.channels).map(\.ref)
      for index in network.nodes.indices {
        let entries = network.entries(index, on: Self.channels)
        #expect(entries.map(\.identity.text).sorted() == network.everybody, "seed \(seed)")
        #expect(entries.map(\.ref) == refs, "seed \(seed)")
        #expect(
          network.nodes[index].observed.values.map(\.identity.text).sorted() == network.everybody,
          "seed \(seed)")
      }
      #expect(network.isSound, "seed \(seed)")
    }
  }

  @Test("who goes to another node in time is never seen to leave")
  func movesUnseen() {
    var generator = SeededGenerator(seed: 1)
    var network = PresenceNetwork(count: 3)
    let ann = PresenceIdentity(channel: Self.channels[0], key: "ann", meta: "{}")
    network.join(0, ann)
    network.turn(&generator)
    network.turn(&generator)
    let seen = network.nodes.map { $0.observed.keys.sorted() }
    #expect(seen.allSatisfy { $0.count == 1 })
    for step in 1...6 {
      let place = (step - 1) % 3
      let holder = network.truth[place].keys.first ?? 0
      network.leave(place, holder, isLost: true)
      network.turn(&generator)
      network.pass(.milliseconds(500))
      network.join(step % 3, ann)
      for _ in 0..<3 { network.turn(&generator) }
      #expect(network.nodes.map { $0.observed.keys.sorted() } == seen)
    }
    network.settle(&generator)
    #expect(network.nodes.map { $0.observed.keys.sorted() } == seen)
  }

  @Test(
    "who leaves after having come back is gone at once, not when the first entry's grace is over")
  func leavesAtOnce() {
    var generator = SeededGenerator(seed: 1)
    var network = PresenceNetwork(count: 3)
    network.join(0, PresenceIdentity(channel: Self.channels[0], key: "ann", meta: "{}"))
    network.turn(&generator)
    network.leave(0, 1, isLost: true)
    for _ in 0..<2 { network.turn(&generator) }
    network.join(1, PresenceIdentity(channel: Self.channels[0], key: "ann", meta: "{}"))
    for _ in 0..<2 { network.turn(&generator) }
    network.leave(1, 2, isLost: false)
    for _ in 0..<3 { network.turn(&generator) }
    #expect(network.nodes.allSatisfy { $0.observed.isEmpty })
  }

  @Test("two that come back to two nodes at once are two in the end")
  func twoTakeOver() {
    var generator = SeededGenerator(seed: 1)
    var network = PresenceNetwork(count: 3)
    let ann = PresenceIdentity(channel: Self.channels[0], key: "ann", meta: "{}")
    network.join(0, ann)
    network.turn(&generator)
    network.leave(0, 1, isLost: true)
    for _ in 0..<2 { network.turn(&generator) }
    network.join(1, ann)
    network.join(2, ann)
    network.settle(&generator)
    for index in 0..<3 { #expect(network.entries(index, on: Self.channels).count == 2) }
  }

  @Test("when a node goes, its entries leave as one difference after the grace")
  func nodeDies() {
    var generator = SeededGenerator(seed: 1)
    var network = PresenceNetwork(count: 3)
    for number in 0..<50 {
      network.join(
        0, PresenceIdentity(channel: Self.channels[0], key: "user \(number)", meta: "{}"))
    }
    for _ in 0..<2 { network.turn(&generator) }
    network.kill(0, isNoticed: true)
    network.pass(.milliseconds(1_900))
    #expect(network.entries(1, on: Self.channels).count == 50)
    network.pass(.milliseconds(200))
    #expect(network.nodes[1].table.takeDiffs().map(\.diff.leaves.count) == [50])
  }

  @Test("a node that was only cut off is there again without anybody having left")
  func cutOff() {
    var generator = SeededGenerator(seed: 1)
    var network = PresenceNetwork(count: 2)
    network.join(0, PresenceIdentity(channel: Self.channels[0], key: "ann", meta: "{}"))
    for _ in 0..<2 { network.turn(&generator) }
    let seen = network.nodes[1].observed.keys.sorted()
    network.nodes[1].table.end(node: 0, now: network.nodes[1].now)
    for _ in 0..<40 {
      network.pass(.milliseconds(100))
      network.turn(&generator)
      #expect(network.nodes[1].observed.keys.sorted() == seen)
    }
  }
}
