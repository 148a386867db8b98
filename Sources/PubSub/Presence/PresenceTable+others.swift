// What a table and those of the other nodes tell one another.

import NIOCore

extension PresenceTable {
  /// Tables of which copies are kept.
  private static let mostReplicas = 1_000

  /// Takes in what another table, or this one, has sent.
  public mutating func receive(_ message: PresenceMessage, now: NIODeadline) {
    let table = message.sender.table
    guard table != site.table else { return hearItself(now: now) }
    switch message.content {
    case .request(let asked):
      if asked == 0 || asked == site.table { outgoing.sendState(now: now) }
    case .goodbye: end(table, now: now)
    case .delta, .state, .digest:
      guard replicas[table] != nil || replicas.count < Self.mostReplicas else { return }
      var replica = replicas[table] ?? PresenceReplica(node: message.sender.node, now: now)
      replica.hear(now: now, grace: limits.grace)
      let outcome = replica.receive(message.content)
      if case .behind = outcome, replica.mayBeAsked(now: now) { outgoing.ask(table) }
      replicas[table] = replica
      if case .changes(let changes) = outcome { take(changes, of: table) }
    }
  }

  /// Who could not be heard for a while is not to blame.
  private mutating func hearItself(now: NIODeadline) {
    if let heardItself, heardItself + Self.hearingItself <= now { excuseAll(now: now) }
    heardItself = now
  }

  private mutating func excuseAll(now: NIODeadline) {
    for table in replicas.keys { replicas[table]?.excuse(now: now) }
  }

  private mutating func take(_ changes: [PresenceChange], of table: UInt64) {
    for change in changes {
      guard let (old, isTaken) = replicas[table]?.apply(change, most: 2 * limits.entries) else {
        return
      }
      guard isTaken else {
        if case .put = change, old == nil { isOverfull = true }
        continue
      }
      switch change {
      case .put(let entry):
        index.add(entry, isLost: false)
        settle(entry.ref, with: table)
      case .drop(let ref):
        index.remove(ref, isLost: old?.isLost ?? false)
        // The connection that had taken it over has left.
        if own[ref]?.end != nil { drop(ref) }
      case .lose(let ref): index.change(ref, toLost: true)
      case .regain(let ref):
        index.change(ref, toLost: false)
        settle(ref, with: table)
      }
    }
  }

  /// Two connections that came back on two nodes may have taken over one entry; one of them gets another.
  private mutating func settle(_ ref: PresenceRef, with table: UInt64) {
    if let entry = own[ref], entry.end == nil, table < site.table { reenter(ref) }
  }

  /// A node has gone, and its tables with it.
  public mutating func end(node: UInt64, now: NIODeadline) {
    for (table, replica) in replicas where replica.node == node { end(table, now: now) }
  }

  private mutating func end(_ table: UInt64, now: NIODeadline) {
    for ref in replicas[table]?.end(at: now + limits.grace) ?? [] {
      index.change(ref, toLost: true)
    }
  }

  mutating func endReplicas(now: NIODeadline) {
    for (table, replica) in replicas {
      if let end = replica.end, end <= now {
        for held in replica.held.values { index.remove(held.entry.ref, isLost: held.isLost) }
        replicas[table] = nil
      } else if let heardItself, now < heardItself + Self.hearingItself,
        replica.heardAt + limits.silence <= now
      {
        end(table, now: now)
      }
    }
  }

  /// A table that has heard itself within this time could have heard others.
  private static var hearingItself: TimeAmount {
    PresenceOutgoing.digestInterval + PresenceOutgoing.digestInterval
  }

  /// The link to the others is there again; what was said meanwhile may be lost.
  public mutating func linkIsUp(now: NIODeadline) {
    excuseAll(now: now)
    outgoing.ask(0)
    tellState(now: now)
  }

  /// Has the others told at the end of the turn where this table stands.
  public mutating func tellState(now: NIODeadline) { outgoing.digestTime = now }

  // MARK: What the others are told

  /// Whether the others may have to know this table, or this one has to know whether it can hear.
  var isTalkative: Bool {
    outgoing.isShared && (outgoing.sequence > 0 || !replicas.isEmpty || !own.isEmpty)
  }

  /// What is to be sent now, in order.
  public mutating func takeMessages(now: NIODeadline) -> [PresenceMessage] {
    let state = outgoing.isStateDue(now: now) ? held : nil
    return outgoing.take(now: now, isTalkative: isTalkative, state: state).map {
      PresenceMessage(from: site, $0)
    }
  }

  /// All that this table holds.
  private var held: [HeldPresence] {
    own.sorted { $0.key < $1.key }.map { ref, entry in
      HeldPresence(
        entry: PresenceEntry(ref: ref, identity: entry.identity), isLost: entry.end != nil)
    }
  }

  /// The last message of a table: the entries stay for the time of grace.
  public var farewell: PresenceMessage { PresenceMessage(from: site, .goodbye) }
}
