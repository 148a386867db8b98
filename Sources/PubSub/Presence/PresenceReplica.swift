// What one other table of the app holds, as far as it is known here. It is known exactly as long as every
// change has come; otherwise the table is asked for all that it holds. Pure; owned by PresenceTable.

import NIOCore

/// A copy of another table.
struct PresenceReplica {
  /// What is to be done about a message.
  enum Outcome {
    /// It is known already, or one part of several.
    case nothing
    /// These changes lead to what the table holds now.
    case changes([PresenceChange])
    /// Something is missing.
    case behind
  }

  private struct Parts {
    let sequence: UInt64
    var pieces: [UInt32: [HeldPresence]] = [:]
  }

  let node: UInt64
  private(set) var held: [PresenceRef: HeldPresence] = [:]
  /// The number of the state that is known; nil when what is held may be anything.
  private var sequence: UInt64?
  private var parts: Parts?
  private(set) var heardAt: NIODeadline
  /// When it was last asked for its state.
  private var askedAt: NIODeadline?
  /// When what it holds leaves, because it has ended; nil while it is there.
  private(set) var end: NIODeadline?

  private static let askingInterval = TimeAmount.milliseconds(500)
  /// More parts than any state has.
  private static let manyParts: UInt32 = 100_000

  init(node: UInt64, now: NIODeadline) {
    self.node = node
    heardAt = now
  }

  // MARK: How the table is

  /// A message has come, so that it is there.
  mutating func hear(now: NIODeadline, grace: TimeAmount) {
    heardAt = Swift.max(heardAt, now)
    if end != nil { end = now + grace }
  }

  /// It may have been silent because nobody could be heard.
  mutating func excuse(now: NIODeadline) { heardAt = Swift.max(heardAt, now) }

  /// The table has ended without a word, or with one.
  /// - Returns: the refs that were held for connections which count as lost now.
  mutating func end(at deadline: NIODeadline) -> [PresenceRef] {
    guard end == nil else { return [] }
    end = deadline
    sequence = nil
    parts = nil
    let live = held.values.filter { !$0.isLost }.map(\.entry.ref)
    for ref in live { held[ref]?.isLost = true }
    return live
  }

  /// Whether it is to be asked for its state now; not more often than it can answer.
  mutating func mayBeAsked(now: NIODeadline) -> Bool {
    if let askedAt, now < askedAt + Self.askingInterval { return false }
    askedAt = now
    return true
  }

  // MARK: What it holds

  /// Takes what a message says; the caller takes the changes over by ``apply(_:most:)``.
  mutating func receive(_ content: PresenceMessage.Content) -> Outcome {
    switch content {
    case .delta(let number, let changes): receive(changes, number)
    case .state(let number, let part, let parts, let held):
      receive(held, number, part: part, of: parts)
    case .digest(let number): receive(digest: number)
    case .request, .goodbye: .nothing
    }
  }

  private mutating func receive(_ changes: [PresenceChange], _ number: UInt64) -> Outcome {
    // Before its first change a table holds nothing.
    let known = sequence ?? (number == 1 && end == nil ? 0 : nil)
    guard let known else { return .behind }
    if number <= known { return .nothing }
    guard number == known + 1 else { return .behind }
    sequence = number
    return .changes(changes)
  }

  private mutating func receive(digest number: UInt64) -> Outcome {
    if number == 0, sequence == nil, held.isEmpty { sequence = 0 }
    guard let sequence else { return .behind }
    return number > sequence ? .behind : .nothing
  }

  private mutating func receive(
    _ held: [HeldPresence], _ number: UInt64, part: UInt32, of count: UInt32
  ) -> Outcome {
    if let sequence, number <= sequence { return .nothing }
    guard count <= Self.manyParts else { return .nothing }
    if let parts, number < parts.sequence { return .nothing }
    if parts?.sequence != number { parts = Parts(sequence: number) }
    parts?.pieces[part] = held
    guard let pieces = parts?.pieces, pieces.count == Int(count) else { return .nothing }
    parts = nil
    sequence = number
    end = nil
    return .changes(changes(to: pieces.values.joined()))
  }

  /// What leads from what is held to `state`.
  private func changes(to state: some Sequence<HeldPresence>) -> [PresenceChange] {
    var gone = Set(held.keys)
    var changes: [PresenceChange] = []
    for new in state {
      let ref = new.entry.ref
      let old = held[ref]
      gone.remove(ref)
      if old == nil { changes.append(.put(new.entry)) }
      if (old?.isLost ?? false) != new.isLost {
        changes.append(new.isLost ? .lose(ref) : .regain(ref))
      }
    }
    return gone.map { .drop($0) } + changes
  }

  /// Carries out one change.
  /// - Parameter most: how many entries are held at most.
  /// - Returns: the entry as it was held before; `isTaken` is false for one that is beyond the bound, or
  ///   that changes nothing.
  mutating func apply(
    _ change: PresenceChange, most: Int
  ) -> (old: HeldPresence?, isTaken: Bool) {
    switch change {
    case .put(let entry):
      let old = held[entry.ref]
      guard old == nil, held.count < most else { return (old, false) }
      held[entry.ref] = HeldPresence(entry: entry, isLost: false)
      return (nil, true)
    case .drop(let ref):
      let old = held.removeValue(forKey: ref)
      return (old, old != nil)
    case .lose(let ref): return mark(ref, isLost: true)
    case .regain(let ref): return mark(ref, isLost: false)
    }
  }

  private mutating func mark(
    _ ref: PresenceRef, isLost: Bool
  ) -> (old: HeldPresence?, isTaken: Bool) {
    guard let old = held[ref], old.isLost != isLost else { return (held[ref], false) }
    held[ref]?.isLost = isLost
    return (old, true)
  }
}
