// All clients of an app's cluster that can come back. Every node has one and makes the same of the same
// records. Owners tell of their clients again and again, so that those who read only the last part of the
// log know them, and those of a node that died are forgotten in time. Pure; owned by SharedRecovery.

import NIOCore

/// The sessions that a log tells of, by the secrets of their clients.
struct SessionDirectory {
  private struct Entry {
    var session: RecoverableSession
    /// When its owner told of it last.
    var heard: NIODeadline
  }

  private var entries: [String: Entry] = [:]

  /// How many sessions are known.
  var count: Int { entries.count }

  subscript(pid: String) -> RecoverableSession? { entries[pid]?.session }

  /// Its author tells of a session, for the first time or again.
  /// - Parameter isNew: what is known of it is replaced, and of what was before nothing is known.
  mutating func tell(
    _ told: RecoverableSession, by author: UInt64, isNew: Bool, at number: UInt64, now: NIODeadline
  ) {
    var session = told
    session.owner = author
    if isNew { session.begin(after: number) } else { session.settle(at: number) }
    if let known = entries[told.pid]?.session {
      entries[told.pid]?.heard = now
      // What was written before a claim and comes after it is of the past.
      guard known.owner == author ? isNew : known.ownedSince < session.ownedSince else { return }
    }
    entries[told.pid] = Entry(session: session, heard: now)
  }

  /// The owner of a session changes where it belongs, or the one before, from a place on at which it was the
  /// owner still.
  mutating func move(_ move: SessionMove, by author: UInt64, at number: UInt64, first: UInt64) {
    guard let session = entries[move.pid]?.session,
      session.owner == author || (move.since != 0 && move.since < session.ownedSince)
    else { return }
    let place = move.since == 0 ? number : min(move.since, number)
    entries[move.pid]?.session.move(move, at: place, first: first)
  }

  /// A client is back, at the author's node.
  /// - Returns: its session, and who had it; nil when there is none.
  mutating func claim(
    _ pid: String, in namespace: String, by author: UInt64, at number: UInt64, now: NIODeadline
  ) -> (session: RecoverableSession, from: UInt64)? {
    guard let known = entries[pid]?.session, known.namespace == namespace else { return nil }
    entries[pid]?.session.owner = author
    entries[pid]?.session.ownedSince = number
    entries[pid]?.heard = now
    return (known, known.owner)
  }

  /// The client does not come back.
  mutating func forget(_ pid: String, by author: UInt64) {
    guard entries[pid]?.session.owner == author else { return }
    entries[pid] = nil
  }

  /// Forgets those whose owners have not told of them for as long as `age`, unless `isKept`.
  mutating func sweep(
    olderThan age: TimeAmount, now: NIODeadline, unless isKept: (RecoverableSession) -> Bool
  ) {
    entries = entries.filter { $0.value.heard + age > now || isKept($0.value.session) }
  }

  /// Forgets all but those that `isKept`, of which nothing is known before record `number`.
  mutating func begin(
    after number: UInt64, now: NIODeadline, keeping isKept: (RecoverableSession) -> Bool
  ) {
    for (pid, entry) in entries {
      guard isKept(entry.session) else {
        entries[pid] = nil
        continue
      }
      entries[pid]?.session.begin(after: number)
      entries[pid]?.heard = now
    }
  }
}
