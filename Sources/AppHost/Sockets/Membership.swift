// Which topics a socket belonged to while which packets were sent: what decides, when its client
// comes back, which packets it has missed. Kept by the isolate, and only when recovery is on.

/// The stays of one socket in its topics, by the numbers of the app's packets.
struct Membership: Equatable {
  struct Stay: Equatable {
    let topic: String
    /// The last packet before it joined.
    var from: UInt64
    /// The last packet before it left; nil while it is there.
    var to: UInt64?
  }

  private(set) var stays: [Stay]

  init(stays: [Stay] = []) { self.stays = stays }

  /// The topics that it is in.
  var topics: [String] { stays.filter { $0.to == nil }.map(\.topic) }

  /// Packets above `number` concern it.
  mutating func join(_ topic: String, after number: UInt64) {
    guard !stays.contains(where: { $0.topic == topic && $0.to == nil }) else { return }
    stays.append(Stay(topic: topic, from: number))
  }

  /// Packets up to `number` did concern it.
  /// - Parameter first: the oldest packet that is kept; stays that ended before are forgotten, and
  ///   those during which nothing was sent, so that there are never more than packets.
  mutating func leave(_ topic: String, after number: UInt64, first: UInt64) {
    for index in stays.indices where stays[index].topic == topic && stays[index].to == nil {
      stays[index].to = number
    }
    stays.removeAll { stay in stay.to.map { $0 < first || $0 <= stay.from } ?? false }
  }

  /// Says what 0 stood for: the number of the packet or record that told of it.
  mutating func settle(at number: UInt64) {
    for index in stays.indices where stays[index].from == 0 { stays[index].from = number }
  }

  /// Whether it was in `topic` when packet `number` was sent.
  func held(_ topic: String, at number: UInt64) -> Bool {
    stays.contains { stay in
      stay.topic == topic && stay.from < number && stay.to.map { number <= $0 } ?? true
    }
  }
}
