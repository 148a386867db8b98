import NIOCore

extension EngineSession {
  /// How long the server waits for what may already be on its way over another connection.
  public static let grace = TimeAmount.milliseconds(100)

  /// A poll has come.
  ///
  /// - Parameter hasQueued: whether packets wait for one.
  public mutating func pollArrived(now: NIODeadline, hasQueued: Bool) -> [EngineAction] {
    switch phase {
    case .closed: return [.answerArriving(.refuse(.unknownSession))]
    case .farewell:
      phase = .closed
      return [.answerArriving(hasQueued ? .close : .noopAndClose), .forget]
    case .departed:
      phase = .closed
      return [.answerArriving(.noop), .answerPost, .forget]
    case .open: return pollArrivedWhileOpen(now: now, hasQueued: hasQueued)
    }
  }

  private mutating func pollArrivedWhileOpen(
    now: NIODeadline, hasQueued: Bool
  ) -> [EngineAction] {
    guard transport == .polling else { return [.answerArriving(.refuse(.badRequest))] }
    guard !heartbeat.isExpired(now: now) else {
      return [.answerArriving(.refuse(.unknownSession))] + fail(.pingTimeout)
    }
    guard !isPollWaiting else {
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
