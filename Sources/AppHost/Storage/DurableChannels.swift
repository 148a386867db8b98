// Where an app's durable channels stand, as the database has it or is about to. Pure; owned by a
// DurableHistory, which reads them anew when a transaction has failed.

/// The durable channels of one app.
struct DurableChannels {
  private(set) var byName: [String: HistoryRows.Channel]
  /// What they keep together, in bytes.
  private(set) var bytes: Int
  /// The names of those that the transaction under way has changed.
  private(set) var changed: Set<String> = []

  init(_ channels: [String: HistoryRows.Channel]) {
    byName = channels
    bytes = channels.values.reduce(0) { $0 + $1.bytes }
  }

  subscript(name: String) -> HistoryRows.Channel? {
    get { byName[name] }
    set {
      bytes += (newValue?.bytes ?? 0) - (byName[name]?.bytes ?? 0)
      byName[name] = newValue
      changed.insert(name)
    }
  }

  /// Notes that somebody has asked for a channel, which is no change.
  mutating func use(_ name: String, at time: Int64) { byName[name]?.usedAt = time }

  /// What is changed from now on belongs to another transaction.
  mutating func begin() { changed = [] }

  /// The channel that keeps most.
  var largest: String? { byName.max { $0.value.bytes < $1.value.bytes }?.key }

  /// The share of the channels that was not used for longest: one in so many, one at least.
  func longestUnused(oneIn share: Int) -> [String] {
    byName.sorted { $0.value.usedAt < $1.value.usedAt }
      .prefix(max(1, byName.count / share)).map(\.key)
  }
}
