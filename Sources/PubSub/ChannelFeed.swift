// One channel as a node passes it on from an engine to its own subscribers. Those who come with a position
// must get what they missed from the engine's history and then what comes live, without a gap and without a
// repetition, although the two take different ways: this decides when somebody can be let into the stream,
// and with what. Pure; owned by an app's isolate.

/// A channel that an engine brings, and those who wait for its history.
public struct ChannelFeed<Follower: Hashable> {
  /// Somebody whose history has been asked for.
  private struct Waiting {
    let follower: Follower
    let since: Position?
    /// The history, when it is ahead of what was passed on.
    var recovery: Recovery<EnginePublication>?
  }

  /// What somebody is let in with; from here on it gets what is passed on.
  public struct Entry {
    public let follower: Follower
    /// `top` is where it stands: everything after that is in `missed` or still to come.
    public let recovery: Recovery<EnginePublication>
  }

  /// What was passed on last, or where the channel stood when it was subscribed to.
  public private(set) var position: Position?
  private var waiting: [Waiting] = []
  /// What was passed on while somebody waited.
  private var recent: [EnginePublication] = []

  public init() {}

  public var isAwaited: Bool { !waiting.isEmpty }

  /// The engine brings what is after `position`.
  public mutating func begin(at position: Position?) {
    if self.position == nil { self.position = position }
  }

  /// The history since a position is being read for a follower.
  public mutating func ask(for follower: Follower, since position: Position?) {
    waiting.append(Waiting(follower: follower, since: position))
  }

  /// The follower has left.
  public mutating func cancel(_ follower: Follower) {
    waiting.removeAll { $0.follower == follower }
    forgetRecent()
  }

  /// The history of a follower is here.
  /// - Returns: with what it is let in; nil while the history is ahead of the stream, or when it left.
  public mutating func recovered(
    _ follower: Follower, _ recovery: Recovery<EnginePublication>
  ) -> Entry? {
    guard let index = waiting.firstIndex(where: { $0.follower == follower }) else { return nil }
    guard hasPassed(recovery) else {
      waiting[index].recovery = recovery
      return nil
    }
    return letIn(waiting.remove(at: index), recovery)
  }

  /// A publication is passed on.
  /// - Returns: those who can be let in now, after it.
  public mutating func passed(_ publication: EnginePublication) -> [Entry] {
    position = publication.position ?? position
    guard isAwaited else { return [] }
    recent.append(publication)
    return letInWhoCan()
  }

  /// Publications were lost: what was missed cannot be told any more.
  public mutating func lost() -> [Entry] {
    position = nil
    return waiting.compactMap(\.recovery).isEmpty ? [] : letInWhoCan()
  }

  private mutating func letInWhoCan() -> [Entry] {
    var entries: [Entry] = []
    for candidate in waiting {
      guard let recovery = candidate.recovery, hasPassed(recovery) else { continue }
      waiting.removeAll { $0.follower == candidate.follower }
      entries.append(letIn(candidate, recovery))
    }
    return entries
  }

  /// Whether all that a history holds has been passed on, so that nothing of it comes again.
  private func hasPassed(_ recovery: Recovery<EnginePublication>) -> Bool {
    guard let last = recovery.missed.last?.position, let position else { return true }
    return last.epoch != position.epoch || last.offset <= position.offset
  }

  private mutating func letIn(
    _ candidate: Waiting, _ recovery: Recovery<EnginePublication>
  ) -> Entry {
    defer { forgetRecent() }
    let stand = position.flatMap { $0.epoch == recovery.top.epoch ? $0 : nil } ?? recovery.top
    guard recovery.isRecovered, let since = candidate.since else {
      let isRecovered = candidate.since == nil
      return Entry(
        follower: candidate.follower,
        recovery: Recovery(isRecovered: isRecovered, missed: [], top: stand))
    }
    let last = recovery.missed.last?.position ?? since
    let later = recent.filter { publication in
      guard let place = publication.position else { return false }
      return place.epoch != last.epoch || place.offset > last.offset
    }
    return Entry(
      follower: candidate.follower,
      recovery: Recovery(isRecovered: true, missed: recovery.missed + later, top: stand))
  }

  private mutating func forgetRecent() {
    if waiting.isEmpty { recent = [] }
  }
}
