// The server's half of the heartbeat (Engine.IO protocol v4): a ping every interval, a pong
// within the timeout. Deadlines follow from when a ping was due, not from when a timer happened
// to fire, so that a request that comes first can be judged without waiting for the timer.

import NIOCore

/// Whether one session's client is still there.
public struct Heartbeat: Sendable {
  private enum Phase: Sendable {
    case resting(pingDue: NIODeadline)
    case awaitingPong(deadline: NIODeadline)
  }

  /// What the timer found.
  public enum Finding: Sendable, Equatable {
    case nothing
    case pingDue
    case expired
  }

  /// A ping that is sent later than this after it was due gets its whole timeout: the host was
  /// stalled, which is not the client's fault.
  private static let stall = TimeAmount.milliseconds(1_000)

  private let interval: TimeAmount
  private let timeout: TimeAmount
  private var phase: Phase

  public init(configuration: EngineConfiguration, now: NIODeadline) {
    interval = configuration.pingInterval
    timeout = configuration.pingTimeout
    phase = .resting(pingDue: now + interval)
  }

  /// When `check` should be called next.
  public var deadline: NIODeadline {
    switch phase {
    case .resting(let due): due
    case .awaitingPong(let deadline): deadline
    }
  }

  /// Whether the next deadline is that of a pong.
  public var isAwaitingPong: Bool {
    if case .awaitingPong = phase { true } else { false }
  }

  /// Whether the client has been silent for too long, even if no timer has said so yet.
  public func isExpired(now: NIODeadline) -> Bool {
    switch phase {
    case .resting(let due): due + timeout <= now && now < due + timeout + Self.stall
    case .awaitingPong(let deadline): deadline <= now
    }
  }

  /// Looks at the time; a ping that is due counts as sent from then on.
  public mutating func check(now: NIODeadline) -> Finding {
    guard deadline <= now else { return .nothing }
    switch phase {
    case .resting(let due):
      phase = .awaitingPong(deadline: (now - due > Self.stall ? now : due) + timeout)
      return .pingDue
    case .awaitingPong:
      return .expired
    }
  }

  /// The client answered; a pong that nobody asked for changes nothing.
  public mutating func pong(now: NIODeadline) {
    guard isAwaitingPong else { return }
    phase = .resting(pingDue: now + interval)
  }
}
