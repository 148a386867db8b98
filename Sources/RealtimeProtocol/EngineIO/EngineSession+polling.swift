import NIOCore

extension EngineSession {
  /// How long the server waits for what may already be on its way over another connection.
  public static let grace = TimeAmount.milliseconds(100)

  /// A poll has come.
  ///
  /// A browser whose connection breaks repeats a request by itself, stamp and all, and nobody knows
  /// whether the answer to the first one arrived: then packets may be lost, and the session ends, so
  /// that its client comes back and asks for them.
  ///
  /// - Parameters:
  ///   - hasQueued: whether packets wait for one.
  ///   - stamp: what tells the request from others, if it says.
  public mutating func pollArrived(
    now: NIODeadline, hasQueued: Bool, stamp: String? = nil
  ) -> [EngineAction] {
    let isRepeated = stamp != nil && stamp == lastPoll
    lastPoll = stamp
    switch phase {
    case .closed: return [.answerArriving(.refuse(.unknownSession))]
    case .farewell:
      phase = .closed
      return [.answerArriving(hasQueued ? .close : .noopAndClose), .forget]
    case .departed:
      phase = .closed
      return [.answerArriving(.noop), .answerPost, .forget]
    case .open:
      return pollArrivedWhileOpen(now: now, hasQueued: hasQueued, isRepeated: isRepeated)
    }
  }

  private mutating func pollArrivedWhileOpen(
    now: NIODeadline, hasQueued: Bool, isRepeated: Bool
  ) -> [EngineAction] {
    guard transport == .polling else { return [.answerArriving(.refuse(.badRequest))] }
    guard !heartbeat.isExpired(now: now) else {
      return [.answerArriving(.refuse(.unknownSession))] + fail(.pingTimeout)
    }
    guard !isPollWaiting, !isRepeated else {
      return [.answerArriving(.refuse(.badRequest))] + fail(.transportError)
    }
    if hasQueued { return [.answerArriving(.queued)] }
    isPollWaiting = true
    switch upgrade {
    case .none: return [.holdPoll]
    case .connected:
      upgrade = .connected(pollWasWaiting: false)
      return [.holdPoll]
    case .probed: return [.holdPoll, .releasePollLater]
    }
  }

  /// Packets have been queued: whether a waiting poll is to take them.
  public mutating func takePoll() -> Bool {
    defer { isPollWaiting = false }
    return isPollWaiting
  }

  /// The client went away with its poll unanswered.
  public mutating func pollAborted() -> [EngineAction] {
    guard isPollWaiting else { return [] }
    isPollWaiting = false
    return fail(.transportError)
  }

  /// A POST has come; the reason to refuse it, if there is one.
  public mutating func postArrived(now: NIODeadline) -> (EngineError?, [EngineAction]) {
    guard isOpen else { return (.unknownSession, []) }
    guard transport == .polling else { return (.badRequest, []) }
    guard !heartbeat.isExpired(now: now) else { return (.unknownSession, fail(.pingTimeout)) }
    return (nil, [])
  }

  /// Whether a POST brings something new, and is not one that the browser has repeated by itself.
  public mutating func isNew(postWith stamp: String?) -> Bool {
    defer { lastPost = stamp }
    return stamp == nil || stamp != lastPost
  }

  /// The time that `releasePollLater` or `holdPost` asked for is over.
  public mutating func graceEnded() -> [EngineAction] {
    switch (phase, upgrade) {
    case (.departed, _):
      phase = .closed
      return [.answerPost, .forget]
    case (.open, .probed) where isPollWaiting:
      isPollWaiting = false
      return [.answerPoll(.noop)]
    default: return []
    }
  }
}
