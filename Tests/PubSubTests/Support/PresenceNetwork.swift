import NIOCore
import Testing

@testable import PubSub

/// Three nodes that lose messages, and the truth about who is there.
struct PresenceNetwork {
  struct Faults {
    var loss = 0.0
    var repetition = 0.0
    var delay = 0.0
  }

  var nodes: [PresenceNode] = []
  var faults = Faults()
  /// Messages on their way, by receiver.
  private var ways: [[PresenceMessage]] = []
  /// Who is there, by node.
  private(set) var truth: [[UInt64: PresenceIdentity]] = []
  private var tables: UInt64 = 0
  private var holders: UInt64 = 0
  private(set) var isSound = true

  init(count: Int) {
    for index in 0..<count {
      nodes.append(fresh(index))
      ways.append([])
      truth.append([:])
    }
  }

  private mutating func fresh(_ index: Int) -> PresenceNode {
    tables += 1
    var node = PresenceNode(node: UInt64(index), table: tables &* 0x9E37_79B9_7F4A_7C15)
    if let now = nodes.first?.now { node.now = now }
    node.table.linkIsUp(now: node.now)
    return node
  }

  // MARK: What happens

  mutating func join(_ index: Int, _ identity: PresenceIdentity) {
    holders += 1
    nodes[index].table.track(holders, as: identity)
    truth[index][holders] = identity
  }

  mutating func change(_ index: Int, _ holder: UInt64, to identity: PresenceIdentity) {
    guard let old = truth[index][holder] else { return }
    if old.channel != identity.channel { nodes[index].table.untrack(holder, from: old.channel) }
    nodes[index].table.track(holder, as: identity)
    truth[index][holder] = identity
  }

  mutating func leave(_ index: Int, _ holder: UInt64, isLost: Bool) {
    truth[index][holder] = nil
    if isLost {
      nodes[index].table.lose(holder, now: nodes[index].now)
    } else {
      nodes[index].table.leave(holder)
    }
  }

  /// A node dies and another one begins in its place.
  mutating func kill(_ index: Int, isNoticed: Bool) {
    truth[index] = [:]
    ways[index] = []
    nodes[index] = fresh(index)
    guard isNoticed else { return }
    for other in nodes.indices where other != index {
      nodes[other].table.end(node: UInt64(index), now: nodes[other].now)
    }
  }

  // MARK: Time

  /// Lets every node end its turn, and messages arrive.
  mutating func turn(_ generator: inout SeededGenerator) {
    for index in nodes.indices {
      let (messages, isSound) = nodes[index].turn()
      self.isSound = self.isSound && isSound
      for receiver in nodes.indices { ways[receiver] += messages }
    }
    for receiver in nodes.indices { deliver(to: receiver, &generator) }
  }

  private mutating func deliver(to receiver: Int, _ generator: inout SeededGenerator) {
    var left: [PresenceMessage] = []
    for message in ways[receiver] {
      if generator.chance(faults.delay) {
        left.append(message)
        continue
      }
      if generator.chance(faults.loss) { continue }
      nodes[receiver].table.receive(message, now: nodes[receiver].now)
      if generator.chance(faults.repetition) { left.append(message) }
    }
    ways[receiver] = left
  }

  mutating func pass(_ time: TimeAmount) {
    for index in nodes.indices { nodes[index].pass(time) }
  }

  /// Lets all arrive for long enough.
  mutating func settle(_ generator: inout SeededGenerator) {
    faults = Faults()
    for _ in 0..<120 {
      pass(.milliseconds(100))
      turn(&generator)
    }
  }

  // MARK: What is true

  /// Everybody who is there, in some order that only depends on them.
  var everybody: [String] {
    truth.flatMap(\.values).map(\.text).sorted()
  }

  func entries(_ index: Int, on channels: [PresenceChannel]) -> [PresenceEntry] {
    channels.flatMap { nodes[index].table.entries(on: $0) }
  }
}

extension PresenceIdentity {
  var text: String { "\(channel.name) \(key) \(meta)" }
}

extension SeededGenerator {
  mutating func chance(_ probability: Double) -> Bool {
    probability > 0 && Double.random(in: 0..<1, using: &self) < probability
  }
}
