import PubSub

/// Where publications of this node are in the log of which it does not know yet that they are: what it
/// would send again is looked for here. Pure.
struct OwnPlaces {
  private var positions: [UInt64: Position] = [:]
  private var lastAnswered: UInt64 = 0

  var isEmpty: Bool { positions.isEmpty }

  /// One is in the log.
  mutating func note(_ serial: UInt64, at position: Position) {
    if serial > lastAnswered { positions[serial] = position }
  }

  func position(of serial: UInt64) -> Position? { positions[serial] }

  /// All up to this one are answered, and will not be asked for again.
  mutating func answered(upTo serial: UInt64) {
    lastAnswered = Swift.max(lastAnswered, serial)
    positions = positions.filter { $0.key > lastAnswered }
  }

  /// The log is another one, where nothing of ours is.
  mutating func forget() { positions = [:] }
}
