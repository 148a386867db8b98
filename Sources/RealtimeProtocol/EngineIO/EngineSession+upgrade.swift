// The move from polling to WebSocket. The client probes the new way, lets its poll come home,
// and says `5`. A poll that waits is released with a noop so that it can. One that came after
// the candidate is released a little later: its client may have said `5` already, on the other
// connection, and then the poll must be refused.

import NIOCore

extension EngineSession {
  /// A WebSocket with this session's id has come; whether it may try to take over.
  public mutating func candidateArrived(now: NIODeadline) -> Bool {
    guard isOpen, transport == .polling, case .none = upgrade,
      !heartbeat.isExpired(now: now)
    else { return false }
    upgrade = .connected(pollWasWaiting: isPollWaiting)
    return true
  }

  /// The candidate has gone by itself; the session goes on over polling.
  public mutating func candidateLost() { upgrade = .none }

  /// The candidate's time is over, or it broke the protocol.
  public mutating func candidateFailed() -> [EngineAction] {
    if case .none = upgrade { return [] }
    upgrade = .none
    return [.dropCandidate]
  }

  mutating func receivedFromCandidate(
    _ type: EnginePacketType, _ data: ByteBuffer
  ) -> [EngineAction] {
    switch (upgrade, type) {
    case (.connected(let pollWasWaiting), .ping) where data == Self.probe:
      upgrade = .probed
      return [.answerProbe] + releasePoll(atOnce: pollWasWaiting)
    case (.probed, .upgrade):
      moveToSocket()
      return refusePoll() + [.adoptCandidate]
    default: return candidateFailed()
    }
  }

  private static let probe = ByteBuffer(string: "probe")

  private mutating func releasePoll(atOnce: Bool) -> [EngineAction] {
    guard isPollWaiting else { return [] }
    guard atOnce else { return [.releasePollLater] }
    isPollWaiting = false
    return [.answerPoll(.noop)]
  }

  private mutating func refusePoll() -> [EngineAction] {
    guard isPollWaiting else { return [] }
    isPollWaiting = false
    return [.answerPoll(.refuse(.badRequest))]
  }
}
