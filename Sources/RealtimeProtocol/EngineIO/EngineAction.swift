import NIOCore

/// What EngineConnection does for the state machine.
public enum EngineAction: Sendable, Equatable {
  /// Keep the poll that has just come until there is something to say.
  case holdPoll
  /// Answer the poll that has just come.
  case answerArriving(PollAnswer)
  /// Answer the poll that was waiting.
  case answerPoll(PollAnswer)
  /// Call `graceEnded` after `EngineSession.grace`, to let an upgrading client's poll go.
  case releasePollLater
  /// Answer the POST that is being read only at `answerPost`, and call `graceEnded` after
  /// `EngineSession.grace`.
  case holdPost
  case answerPost
  /// Queue a ping packet.
  case sendPing
  /// `deadline` has changed.
  case rescheduleHeartbeat
  /// Send `3probe` on the candidate.
  case answerProbe
  /// The candidate is the transport from now on: what is queued goes there.
  case adoptCandidate
  /// Close the candidate; the session itself goes on, or not.
  case dropCandidate
  /// Send what is queued, then a close frame, on the session's WebSocket.
  case closeSocket(CloseReason)
  /// Tell the session's user that it has ended.
  case finish(CloseReason)
  /// Nobody can reach the session any more.
  case forget
  /// Forget the session unless a poll fetches its farewell first.
  case forgetLater
}

/// What a poll is answered with.
public enum PollAnswer: Sendable, Equatable {
  /// All packets that are queued.
  case queued
  /// A noop packet.
  case noop
  /// All packets that are queued, then a close packet.
  case close
  /// A noop packet and a close packet.
  case noopAndClose
  case refuse(EngineError)
}
