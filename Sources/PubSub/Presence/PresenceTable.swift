// Who is present in one app: what this node's connections have entered, copies of what the other nodes' tables
// hold, and what observers see of both together. Times and messages go in; messages for the other tables and
// differences for observers come out. Pure; owned by the app's isolate, which takes both once a turn.
//
// Each table owns its entries and numbers every message about them; a message that was lost is noticed by
// the next one, or by the digest that is sent when nothing else is, and then the whole state is asked for. So
// all tables agree as soon as messages pass again. A lost connection's entry stays for a while; a connection
// that comes back elsewhere holds an entry of the same ref, so that observers see one that never left.

import NIOCore

/// One app's presence on one node.
public struct PresenceTable: Sendable {
  struct Own {
    let identity: PresenceIdentity
    /// When the entry leaves, because its connection was lost.
    var end: NIODeadline?
  }

  public let site: PresenceSite
  public var limits: PresenceLimits
  var own: [PresenceRef: Own] = [:]
  /// The refs of each connection by channel.
  private var holders: [UInt64: [PresenceChannel: PresenceRef]] = [:]
  /// The ends of lost entries as they were set, in order; some may not be valid any more.
  private var ends: [(time: NIODeadline, ref: PresenceRef)] = []
  private var serial: UInt64 = 0
  var index = PresenceIndex()
  var replicas: [UInt64: PresenceReplica] = [:]
  var outgoing: PresenceOutgoing
  /// When this table last heard itself: when others are silent too, nobody can be heard.
  var heardItself: NIODeadline?
  /// Whether a table has more entries than are taken of it.
  public internal(set) var isOverfull = false

  /// - Parameter isShared: whether there may be other tables.
  public init(site: PresenceSite, limits: PresenceLimits, isShared: Bool) {
    self.site = site
    self.limits = limits
    outgoing = PresenceOutgoing(isShared: isShared)
  }

  /// Who is on a channel, in the same order on every node.
  public func entries(on channel: PresenceChannel) -> [PresenceEntry] { index.entries(on: channel) }

  /// The ref of a connection on a channel; nil when it is not tracked there.
  public func ref(of holder: UInt64, on channel: PresenceChannel) -> PresenceRef? {
    holders[holder]?[channel]
  }

  // MARK: This node's connections

  /// Enters a connection, or changes what it was entered as.
  public mutating func track(_ holder: UInt64, as identity: PresenceIdentity) {
    if let ref = holders[holder]?[identity.channel] {
      if own[ref]?.identity == identity { return }
      drop(ref)
    }
    let ref = enter(identity)
    holders[holder, default: [:]][identity.channel] = ref
  }

  /// The connection leaves a channel.
  public mutating func untrack(_ holder: UInt64, from channel: PresenceChannel) {
    guard let ref = holders[holder]?.removeValue(forKey: channel) else { return }
    if holders[holder]?.isEmpty == true { holders[holder] = nil }
    drop(ref)
  }

  /// The connection has ended, as somebody wished.
  public mutating func leave(_ holder: UInt64) {
    for ref in holders.removeValue(forKey: holder).map(Self.ordered) ?? [] { drop(ref) }
  }

  /// The connection was lost, and may come back.
  public mutating func lose(_ holder: UInt64, now: NIODeadline) {
    for ref in holders.removeValue(forKey: holder).map(Self.ordered) ?? [] {
      // Those that are lost and those that are there are each no more than the bound.
      guard limits.grace > .zero, ends.count < limits.entries else {
        drop(ref)
        continue
      }
      let end = now + limits.grace
      own[ref]?.end = end
      ends.append((end, ref))
      index.change(ref, toLost: true)
      outgoing.note(.lose(ref))
    }
  }

  /// All connections were lost.
  public mutating func loseAll(now: NIODeadline) {
    for holder in holders.keys.sorted() { lose(holder, now: now) }
  }

  private static func ordered(_ refs: [PresenceChannel: PresenceRef]) -> [PresenceRef] {
    refs.values.sorted()
  }

  /// Makes an entry, or takes over one that a lost connection left.
  private mutating func enter(_ identity: PresenceIdentity) -> PresenceRef {
    guard let ref = index.freeRef(of: identity) else { return enterAnew(identity) }
    if own[ref] != nil {
      own[ref]?.end = nil
      index.change(ref, toLost: false)
      outgoing.note(.regain(ref))
    } else {
      hold(PresenceEntry(ref: ref, identity: identity))
    }
    return ref
  }

  private mutating func enterAnew(_ identity: PresenceIdentity) -> PresenceRef {
    serial += 1
    let ref = PresenceRef(table: site.table, serial: serial)
    hold(PresenceEntry(ref: ref, identity: identity))
    return ref
  }

  private mutating func hold(_ entry: PresenceEntry) {
    own[entry.ref] = Own(identity: entry.identity)
    index.add(entry, isLost: false)
    outgoing.note(.put(entry))
  }

  /// Removes an entry of this table.
  mutating func drop(_ ref: PresenceRef) {
    guard let entry = own.removeValue(forKey: ref) else { return }
    index.remove(ref, isLost: entry.end != nil)
    outgoing.note(.drop(ref))
  }

  /// Gives a connection a ref of its own, because another table has taken over the same one.
  mutating func reenter(_ ref: PresenceRef) {
    guard let identity = own[ref]?.identity,
      let holder = holders.first(where: { $0.value[identity.channel] == ref })?.key
    else { return }
    let new = enterAnew(identity)
    holders[holder]?[identity.channel] = new
    drop(ref)
  }

  // MARK: Time

  /// Does what is due: entries of lost connections leave, and those of tables that have ended; tables that
  /// have been silent for too long count as ended.
  public mutating func advance(to now: NIODeadline) {
    let due = ends.prefix { $0.time <= now }
    ends.removeFirst(due.count)
    for (time, ref) in due where own[ref]?.end == time { drop(ref) }
    endReplicas(now: now)
  }

  /// When ``advance(to:)`` and ``takeMessages(now:)`` have something to do next; nil: never.
  public var nextDeadline: NIODeadline? {
    var times = replicas.values.compactMap(\.end)
    if let end = ends.first?.time { times.append(end) }
    if isTalkative { times.append(outgoing.digestTime) }
    if let stateTime = outgoing.stateTime { times.append(stateTime) }
    return times.min()
  }

  /// Whether there is something to take.
  public var hasNews: Bool { hasDiffs || outgoing.isWaiting }

  /// Whether observers may be told something.
  public var hasDiffs: Bool { index.hasDiffs }

  /// What the observers of each channel are to be told.
  public mutating func takeDiffs() -> [(channel: PresenceChannel, diff: PresenceDiff)] {
    index.takeDiffs()
  }
}
