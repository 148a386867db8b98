// What a table has to tell the others, and when. Pure; owned by PresenceTable.

import NIOCore

/// Messages that wait for the end of the turn, or for their time.
struct PresenceOutgoing {
  /// How often a table that has nothing else to say says where it stands.
  static let digestInterval = TimeAmount.seconds(1)
  /// How often it sends all that it holds, at most.
  private static let stateInterval = TimeAmount.milliseconds(200)

  /// Whether there may be anybody to tell.
  let isShared: Bool
  /// The number of the state that the others were told last.
  private(set) var sequence: UInt64 = 0
  private var changes: [PresenceChange] = []
  private var asked: Set<UInt64> = []
  /// When the state is to be sent; nil when nobody has asked.
  private(set) var stateTime: NIODeadline?
  private var stateSent: NIODeadline?
  var digestTime = NIODeadline.distantPast

  init(isShared: Bool) { self.isShared = isShared }

  /// Whether something waits for the end of the turn.
  var isWaiting: Bool { !changes.isEmpty || !asked.isEmpty }

  /// The table has changed.
  mutating func note(_ change: PresenceChange) {
    if isShared { changes.append(change) }
  }

  /// Somebody needs all that the table holds.
  mutating func sendState(now: NIODeadline) {
    guard isShared, stateTime == nil, sequence > 0 else { return }
    stateTime = stateSent.map { Swift.max(now, $0 + Self.stateInterval) } ?? now
  }

  /// Whether somebody has asked for the state, and it is time for it.
  func isStateDue(now: NIODeadline) -> Bool { stateTime.map { $0 <= now } ?? false }

  /// A table, or everybody (0), is to send what it holds.
  mutating func ask(_ table: UInt64) {
    if isShared { asked.insert(table) }
  }

  /// What is to be sent now.
  /// - Parameter state: all that the table holds, with the changes that wait, when that is due.
  mutating func take(
    now: NIODeadline, isTalkative: Bool, state: [HeldPresence]?
  ) -> [PresenceMessage.Content] {
    guard isShared else { return [] }
    var contents = takeDeltas()
    contents += asked.sorted().map { .request(table: $0) }
    asked = []
    if let state {
      contents += self.state(state)
      stateTime = nil
      stateSent = now
    }
    // Changes and states say where the table stands, too.
    if isTalkative, digestTime <= now, !contents.contains(where: \.isDigest) {
      contents.append(.digest(sequence: sequence))
    }
    if contents.contains(where: \.isDigest) { digestTime = now + Self.digestInterval }
    return contents
  }

  private mutating func takeDeltas() -> [PresenceMessage.Content] {
    guard !changes.isEmpty else { return [] }
    let pieces = PresenceMessage.pieces(changes, size: \.size)
    changes = []
    return pieces.map { piece in
      sequence += 1
      return .delta(sequence: sequence, piece)
    }
  }

  private func state(_ held: [HeldPresence]) -> [PresenceMessage.Content] {
    let pieces = PresenceMessage.pieces(held) { $0.entry.size }
    return pieces.enumerated().map { index, piece in
      .state(sequence: sequence, part: UInt32(index), parts: UInt32(pieces.count), piece)
    }
  }
}

extension PresenceMessage.Content {
  /// Whether it says where its table stands.
  fileprivate var isDigest: Bool {
    switch self {
    case .delta, .state, .digest: true
    case .request, .goodbye: false
    }
  }
}
