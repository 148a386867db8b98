// What observers see: what all tables hold taken together, and how that has changed since they were last
// told. An entry is seen as long as anybody holds it. Pure; owned by PresenceTable.

/// The entries of a cluster by channel.
struct PresenceIndex {
  /// An entry, and how many tables hold it for a connection that is there or for one that was lost.
  private struct Seen {
    let entry: PresenceEntry
    var live = 0
    var lost = 0

    /// Whether a connection that comes back may take it over.
    var isFree: Bool { live == 0 && lost > 0 }
  }

  private var seen: [PresenceRef: Seen] = [:]
  private var channels: [PresenceChannel: Set<PresenceRef>] = [:]
  private var free: [PresenceIdentity: Set<PresenceRef>] = [:]
  private var diffs: [PresenceChannel: PresenceDiff] = [:]

  /// Whether observers have something to learn.
  var hasDiffs: Bool { !diffs.isEmpty }

  /// A table holds an entry from now on.
  mutating func add(_ entry: PresenceEntry, isLost: Bool) {
    let channel = entry.identity.channel
    if seen[entry.ref] == nil {
      seen[entry.ref] = Seen(entry: entry)
      channels[channel, default: []].insert(entry.ref)
      diffs[channel, default: PresenceDiff()].join(entry)
    }
    update(entry.ref) { if isLost { $0.lost += 1 } else { $0.live += 1 } }
  }

  /// A table holds an entry no more.
  mutating func remove(_ ref: PresenceRef, isLost: Bool) {
    guard let entry = seen[ref]?.entry else { return }
    update(ref) { if isLost { $0.lost -= 1 } else { $0.live -= 1 } }
    guard let rest = seen[ref], rest.live + rest.lost <= 0 else { return }
    let channel = entry.identity.channel
    seen[ref] = nil
    channels[channel]?.remove(ref)
    if channels[channel]?.isEmpty == true { channels[channel] = nil }
    diffs[channel, default: PresenceDiff()].leave(entry)
  }

  /// A table's connection was lost, or is back.
  mutating func change(_ ref: PresenceRef, toLost isLost: Bool) {
    update(ref) {
      $0.live += isLost ? -1 : 1
      $0.lost += isLost ? 1 : -1
    }
  }

  private mutating func update(_ ref: PresenceRef, _ body: (inout Seen) -> Void) {
    guard var entry = seen[ref] else { return }
    let wasFree = entry.isFree
    body(&entry)
    seen[ref] = entry
    guard entry.isFree != wasFree else { return }
    let identity = entry.entry.identity
    if entry.isFree {
      free[identity, default: []].insert(ref)
    } else {
      free[identity]?.remove(ref)
      if free[identity]?.isEmpty == true { free[identity] = nil }
    }
  }

  /// A lost entry that a connection of this identity takes over, so that nobody sees it go and come.
  func freeRef(of identity: PresenceIdentity) -> PresenceRef? { free[identity]?.first }

  /// Who is on a channel, in the order of refs.
  func entries(on channel: PresenceChannel) -> [PresenceEntry] {
    (channels[channel] ?? []).sorted().compactMap { seen[$0]?.entry }
  }

  /// What observers are to be told, which they are told with this.
  mutating func takeDiffs() -> [(channel: PresenceChannel, diff: PresenceDiff)] {
    defer { diffs = [:] }
    return diffs.filter { !$0.value.isEmpty }.map { ($0.key, $0.value) }
  }
}
