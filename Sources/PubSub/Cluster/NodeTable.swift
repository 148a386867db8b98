// Which nodes of a cluster are there, from what they announce and from their silence. Pure: times come in,
// actions go out. A hub drives it and performs what it says.
//
// Only the silence of a node counts, not that of the engine: nothing counts while the link is down, and a node
// that is silent is given up only if the engine shows meanwhile that it is alive.

import NIOCore

/// The nodes that one node knows.
public struct NodeTable: Sendable {
  /// What is to be done.
  public enum Action: Sendable, Equatable {
    /// Tell all nodes.
    case send(NodeMessage)
    /// Ask the engine anything; call ``NodeTable/answered(isAlive:now:)`` with the outcome.
    case probe
    /// Another node serves an app that this one serves, too.
    case up(UInt64, app: String)
    /// It does no more.
    case down(UInt64, app: String)
  }

  private struct Entry {
    var node: ClusterNode
    /// From when on its silence counts; in the future for a while after the link was made.
    var heard: NIODeadline
  }

  /// Nodes that are known; further ones are ignored.
  public static let mostNodes = 1_000
  /// What others may need to come back to an engine that was away, beyond the timeout.
  public static let grace = TimeAmount.seconds(3)

  /// This node.
  public private(set) var own: ClusterNode
  private let timeout: TimeAmount
  /// How often this node announces itself.
  public let interval: TimeAmount
  private var others: [UInt64: Entry] = [:]
  private var isLinked = false
  private var lastAnnouncement = NIODeadline.distantPast
  private var nextAnnouncement = NIODeadline.distantPast
  /// When the engine was asked last, whether it owes the answer, and when it was asked what it answered last.
  private var lastProbe: NIODeadline?
  private var isProbing = false
  private var proof: NIODeadline?

  /// - Parameter timeout: the silence after which a node is down.
  public init(own: ClusterNode, timeout: TimeAmount) {
    self.own = own
    self.timeout = timeout
    interval = min(.seconds(1), .nanoseconds(timeout.nanoseconds / 4))
  }

  /// How long an answer of the engine may take, and how long it is worth something.
  private var longest: TimeAmount { .nanoseconds(2 * interval.nanoseconds) }

  /// How often ``tick(now:)`` is to be called.
  public var tickInterval: TimeAmount { .nanoseconds(interval.nanoseconds / 4) }

  /// All other nodes that are there.
  public var nodes: [ClusterNode] { others.values.map(\.node) }

  // MARK: The link

  /// The link to the engine is there: all are asked to announce themselves.
  public mutating func linkUp(now: NIODeadline) -> [Action] {
    guard !isLinked else { return [] }
    isLinked = true
    isProbing = false
    proof = nil
    restartSilence(at: now + Self.grace)
    announced(now: now)
    return [.send(.hello(own))]
  }

  /// The link is lost. Who was there counts as there.
  public mutating func linkDown() { isLinked = false }

  /// The answer to a ``Action/probe``.
  public mutating func answered(isAlive: Bool, now: NIODeadline) {
    guard isLinked, isProbing, let lastProbe else { return }
    isProbing = false
    if now - lastProbe > longest {
      // The engine stood still, and so did what the others say.
      restartSilence(at: now)
    } else if isAlive {
      proof = lastProbe
    }
  }

  private mutating func restartSilence(at time: NIODeadline) {
    others = others.mapValues { Entry(node: $0.node, heard: max(time, $0.heard)) }
  }

  // MARK: This node

  /// This node serves an app from now on.
  public mutating func serve(_ app: String, now: NIODeadline) -> [Action] {
    guard own.apps.count < NodeMessage.mostApps, own.apps.insert(app).inserted else { return [] }
    let serving = others.values.filter { $0.node.apps.contains(app) }.map(\.node.id)
    return announce(now: now) + serving.sorted().map { .up($0, app: app) }
  }

  /// This node serves an app no more.
  public mutating func withdraw(_ app: String, now: NIODeadline) -> [Action] {
    own.apps.remove(app) == nil ? [] : announce(now: now)
  }

  /// The other nodes reach this one under another address. One that is too long counts as none.
  public mutating func move(to address: String, now: NIODeadline) -> [Action] {
    let address = address.utf8.count <= NodeMessage.longestAddress ? address : ""
    guard address != own.address else { return [] }
    own.address = address
    return announce(now: now)
  }

  /// What is to be said before the link is ended.
  public func goodbye() -> [Action] { isLinked ? [.send(.goodbye(own.id))] : [] }

  private mutating func announce(now: NIODeadline) -> [Action] {
    guard isLinked else { return [] }
    announced(now: now)
    return [.send(.here(own))]
  }

  private mutating func announced(now: NIODeadline) {
    lastAnnouncement = now
    nextAnnouncement = now + interval
  }

  // MARK: The others

  /// Takes what came on the channel of the nodes.
  public mutating func received(_ message: NodeMessage, now: NIODeadline) -> [Action] {
    switch message {
    case .hello(let node):
      guard node.id != own.id else { return [] }
      // Many that ask at once are answered together.
      nextAnnouncement = min(nextAnnouncement, max(now, lastAnnouncement + tickInterval))
      return note(node, now: now) + tick(now: now)
    case .here(let node): return node.id == own.id ? [] : note(node, now: now)
    case .goodbye(let id): return remove(id)
    }
  }

  private mutating func note(_ node: ClusterNode, now: NIODeadline) -> [Action] {
    let known = others[node.id]
    guard known != nil || others.count < Self.mostNodes else { return [] }
    others[node.id] = Entry(node: node, heard: max(now, known?.heard ?? now))
    let before = known?.node.apps ?? []
    return changes(
      of: node.id, left: before.subtracting(node.apps), joined: node.apps.subtracting(before))
  }

  private mutating func remove(_ id: UInt64) -> [Action] {
    guard let entry = others.removeValue(forKey: id) else { return [] }
    return changes(of: id, left: entry.node.apps, joined: [])
  }

  private func changes(of id: UInt64, left: Set<String>, joined: Set<String>) -> [Action] {
    left.intersection(own.apps).sorted().map { .down(id, app: $0) }
      + joined.intersection(own.apps).sorted().map { .up(id, app: $0) }
  }

  // MARK: Time

  /// To be called every ``tickInterval``: announces this node, and gives up who is silent.
  public mutating func tick(now: NIODeadline) -> [Action] {
    guard isLinked else { return [] }
    var actions = now >= nextAnnouncement ? announce(now: now) : []
    let late = others.filter { $0.value.heard + .nanoseconds(interval.nanoseconds * 3 / 2) <= now }
    if !late.isEmpty, !isProbing, lastProbe.map({ $0 + interval <= now }) ?? true {
      lastProbe = now
      isProbing = true
      actions.append(.probe)
    }
    guard let proof, now - proof <= longest else { return actions }
    for (id, entry) in late.sorted(by: { $0.key < $1.key }) where entry.heard + timeout <= now {
      actions += remove(id)
    }
    return actions
  }
}
