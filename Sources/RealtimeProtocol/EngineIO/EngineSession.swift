// The life of one Engine.IO session (protocol v4) as a pure state machine: which transport it
// is on, the poll that waits, the WebSocket that may take over, the heartbeat, the end. It holds
// no bytes, no clock and no channel: EngineConnection feeds it and performs its actions.
// Message packets do not pass through it; `accepts` is all that they ask.

import NIOCore

/// One session's state. Every method returns what is to be done, in order.
public struct EngineSession: Sendable {
  /// Where a packet or a failure came from.
  public enum Source: Sendable {
    case polling
    /// The WebSocket that is the session's transport.
    case socket
    /// A WebSocket that wants to become it.
    case candidate
  }

  enum Phase: Sendable {
    case open
    /// Closed by the server with no poll waiting: the next one is told.
    case farewell
    /// Closed by a POST with no poll waiting: one that was on its way may still come.
    case departed
    case closed
  }

  enum Upgrade: Sendable {
    case none
    /// A candidate has connected; `pollWasWaiting` tells of a poll that came before it.
    case connected(pollWasWaiting: Bool)
    case probed
  }

  var phase = Phase.open
  var upgrade = Upgrade.none
  /// Whether a poll waits for packets.
  public internal(set) var isPollWaiting = false
  public private(set) var transport: EngineTransport
  var heartbeat: Heartbeat
  /// The stamps of the last poll and the last POST.
  var lastPoll: String?
  var lastPost: String?

  public init(
    transport: EngineTransport, configuration: EngineConfiguration, now: NIODeadline
  ) {
    self.transport = transport
    heartbeat = Heartbeat(configuration: configuration, now: now)
  }

  /// Whether messages may still be delivered and sent.
  public var isOpen: Bool {
    if case .open = phase { true } else { false }
  }

  /// Whether a message packet from `source` is to be delivered.
  public func accepts(from source: Source) -> Bool {
    switch source {
    case .polling: isOpen && transport == .polling
    case .socket: isOpen && transport == .websocket
    case .candidate: false
    }
  }

  /// A control packet from the client.
  public mutating func received(
    _ type: EnginePacketType, _ data: ByteBuffer, from source: Source, now: NIODeadline
  ) -> [EngineAction] {
    guard isOpen else { return [] }
    if source == .candidate { return receivedFromCandidate(type, data) }
    switch type {
    case .pong:
      heartbeat.pong(now: now)
      return [.rescheduleHeartbeat]
    case .noop: return []
    case .close: return clientClosed()
    case .open, .ping, .message, .upgrade: return fail(.parseError)
    }
  }

  // MARK: Heartbeat

  /// When `timerFired` should be called.
  public var deadline: NIODeadline { heartbeat.deadline }

  /// Whether `deadline` is that of a pong.
  public var isAwaitingPong: Bool { heartbeat.isAwaitingPong }

  /// The heartbeat's deadline may have passed.
  public mutating func timerFired(now: NIODeadline) -> [EngineAction] {
    guard isOpen else { return [] }
    return switch heartbeat.check(now: now) {
    case .nothing: []
    case .pingDue: [.sendPing, .rescheduleHeartbeat]
    case .expired: fail(.pingTimeout)
    }
  }

  // MARK: The end

  /// The session's user closes it: the client is told in its transport's way.
  public mutating func close(_ reason: CloseReason) -> [EngineAction] {
    guard isOpen else { return [] }
    guard transport == .polling && !isPollWaiting else { return fail(reason) }
    phase = .farewell
    return dropUpgrade() + [.finish(reason), .forgetLater]
  }

  /// The session ends at once: its transport failed, or its client broke the protocol.
  public mutating func fail(_ reason: CloseReason) -> [EngineAction] {
    guard isOpen else { return [] }
    phase = .closed
    var actions = dropUpgrade()
    if isPollWaiting {
      isPollWaiting = false
      actions.append(.answerPoll(.close))
    }
    if transport == .websocket { actions.append(.closeSocket(reason)) }
    return actions + [.finish(reason), .forget]
  }

  private mutating func clientClosed() -> [EngineAction] {
    guard transport == .polling else { return fail(.forcedClose) }
    let end = dropUpgrade() + [.finish(.forcedClose)]
    guard isPollWaiting else {
      phase = .departed
      return end + [.holdPost]
    }
    phase = .closed
    isPollWaiting = false
    return [.answerPoll(.noop)] + end + [.forget]
  }

  private mutating func dropUpgrade() -> [EngineAction] {
    if case .none = upgrade { return [] }
    upgrade = .none
    return [.dropCandidate]
  }

  mutating func moveToSocket() {
    upgrade = .none
    transport = .websocket
  }
}
