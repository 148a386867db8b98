// Events of which only the newest of a key counts: one that comes takes the place of the one that
// waits. Pure; KeptEvents holds one for each client that is slow.

/// The newest event of each key, in the order in which the keys were first waiting.
struct LatestEvents<Key: Hashable, Event> {
  private struct Entry {
    let key: Key
    var event: Event
    var bytes: Int
  }

  /// Those that have been taken leave a gap at the front, until it is half of all.
  private var entries: [Entry?] = []
  private var gap = 0
  /// Where each key's entry is in `entries`, had nothing ever been removed from it.
  private var places: [Key: Int] = [:]
  /// How many have been removed from the front of `entries`.
  private var removed = 0

  /// What the events weigh together, as their bringers said.
  private(set) var bytes = 0

  var count: Int { places.count }
  var isEmpty: Bool { places.isEmpty }

  /// What the event that waits for `key` weighs; nil if none does.
  func bytes(of key: Key) -> Int? { index(of: key).flatMap { entries[$0]?.bytes } }

  /// Has `event` wait, instead of one of the same key and in its place, or behind all others.
  mutating func put(_ event: Event, for key: Key, bytes: Int) {
    let entry = Entry(key: key, event: event, bytes: bytes)
    self.bytes += bytes
    if let index = index(of: key) {
      self.bytes -= entries[index]?.bytes ?? 0
      entries[index] = entry
    } else {
      places[key] = removed + entries.count
      entries.append(entry)
    }
  }

  /// Takes the event whose key has waited longest.
  mutating func popFirst() -> Event? {
    guard gap < entries.count, let entry = entries[gap] else { return nil }
    entries[gap] = nil
    gap += 1
    places[entry.key] = nil
    bytes -= entry.bytes
    closeGap()
    return entry.event
  }

  /// Takes the events of some keys, in their order.
  mutating func removeAll(where isMeant: (Key) -> Bool) -> [Event] {
    var taken: [Event] = []
    var kept = Self()
    for entry in entries.dropFirst(gap) {
      guard let entry else { continue }
      if isMeant(entry.key) {
        taken.append(entry.event)
      } else {
        kept.put(entry.event, for: entry.key, bytes: entry.bytes)
      }
    }
    self = kept
    return taken
  }

  private func index(of key: Key) -> Int? { places[key].map { $0 - removed } }

  private mutating func closeGap() {
    guard gap * 2 >= entries.count else { return }
    entries.removeFirst(gap)
    removed += gap
    gap = 0
  }
}
