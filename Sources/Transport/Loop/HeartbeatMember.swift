import NIOCore

/// A session whose client must show from time to time that it is there. Isolated to one event
/// loop, whose `ServerLoop` keeps it in a list.
protocol HeartbeatMember: AnyObject {
  var heartbeatLinks: HeartbeatLinks { get set }
  /// When `heartbeat(now:)` is to be called.
  var heartbeatDeadline: NIODeadline { get }
  /// Whether that is the deadline of an answer, not of the next ping.
  var isAwaitingPong: Bool { get }

  /// The deadline has passed; the member has been taken out of its list.
  func heartbeat(now: NIODeadline)

  /// The server stops: the client is told to go.
  func quiesce()
}
