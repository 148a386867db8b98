import NIOCore

@testable import PubSub

/// A table with a clock that a test moves, and what an observer has made of its differences.
struct PresenceNode {
  var table: PresenceTable
  var now = NIODeadline.uptimeNanoseconds(1 << 40)
  /// What observers of all channels know.
  private(set) var observed: [PresenceRef: PresenceEntry] = [:]

  init(node: UInt64 = 1, table: UInt64 = 1, isShared: Bool = true) {
    self.table = PresenceTable(
      site: PresenceSite(node: node, table: table), limits: PresenceLimits(),
      isShared: isShared)
  }

  /// Lets time pass.
  mutating func pass(_ time: TimeAmount) {
    now = now + time
    table.advance(to: now)
  }

  /// Takes what is to be sent, and lets the observer learn what has changed.
  /// - Returns: false for differences that make no sense.
  mutating func turn() -> (messages: [PresenceMessage], isSound: Bool) {
    table.advance(to: now)
    var isSound = true
    for (_, diff) in table.takeDiffs() {
      for entry in diff.leaves {
        isSound = observed.removeValue(forKey: entry.ref) != nil && isSound
      }
      for entry in diff.joins {
        isSound = observed.updateValue(entry, forKey: entry.ref) == nil && isSound
      }
    }
    return (table.takeMessages(now: now), isSound)
  }
}
