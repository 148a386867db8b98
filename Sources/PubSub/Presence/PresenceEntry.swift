// Who is where, as all nodes of a cluster name it.

import NIOCore

/// Where somebody can be present.
public struct PresenceChannel: Hashable, Sendable {
  public let namespace: String
  public let name: String

  public init(_ name: String, in namespace: String) {
    self.namespace = namespace
    self.name = name
  }
}

/// What observers know of one who is present. A connection that comes back with the same cannot be told
/// from the one that was lost.
public struct PresenceIdentity: Hashable, Sendable {
  public let channel: PresenceChannel
  /// The user's key.
  public let key: String
  /// A JSON object as text, its keys in order, so that equal ones are equal texts.
  public let meta: String

  public init(channel: PresenceChannel, key: String, meta: String) {
    self.channel = channel
    self.key = key
    self.meta = meta
  }
}

/// Names an entry as long as observers see it, whichever node holds it.
public struct PresenceRef: Hashable, Sendable, Comparable, CustomStringConvertible {
  /// The table that made it.
  public let table: UInt64
  /// The how manieth of that table, from 1.
  public let serial: UInt64

  public init(table: UInt64, serial: UInt64) {
    self.table = table
    self.serial = serial
  }

  public static func < (one: PresenceRef, other: PresenceRef) -> Bool {
    (one.table, one.serial) < (other.table, other.serial)
  }

  /// Letters, digits and a dot.
  public var description: String {
    "\(String(table, radix: 36)).\(String(serial, radix: 36))"
  }
}

/// One connection that is present.
public struct PresenceEntry: Equatable, Sendable {
  public let ref: PresenceRef
  public let identity: PresenceIdentity

  public init(ref: PresenceRef, identity: PresenceIdentity) {
    self.ref = ref
    self.identity = identity
  }
}

/// How a channel has changed since its observers were last told. What came and went meanwhile is not in it.
public struct PresenceDiff: Sendable {
  private var joined: [PresenceRef: PresenceEntry] = [:]
  private var left: [PresenceRef: PresenceEntry] = [:]

  public var isEmpty: Bool { joined.isEmpty && left.isEmpty }

  /// In the order of their refs, which is the same on every node.
  public var joins: [PresenceEntry] { joined.values.sorted { $0.ref < $1.ref } }
  public var leaves: [PresenceEntry] { left.values.sorted { $0.ref < $1.ref } }

  mutating func join(_ entry: PresenceEntry) {
    if left.removeValue(forKey: entry.ref) == nil { joined[entry.ref] = entry }
  }

  mutating func leave(_ entry: PresenceEntry) {
    if joined.removeValue(forKey: entry.ref) == nil { left[entry.ref] = entry }
  }
}

/// The bounds of one app's presence.
public struct PresenceLimits: Sendable, Equatable {
  /// How long the entry of a lost connection stays.
  public var grace = TimeAmount.seconds(2)
  /// Entries of each node. Of another node no more than twice as many are taken.
  public var entries = 100_000
  /// How long another table may be silent, while this one hears itself, before it counts as gone.
  public var silence = TimeAmount.seconds(5)

  public init() {}
}
