// What everything on one event loop of the server shares: the sessions that live there, the
// connections that it reads, whoever has something to write at the end of this turn, the
// heartbeats and the other deadlines.

import NIOCore
import RealtimeProtocol

/// The state of one event loop.
///
/// `@unchecked Sendable` because the server holds one for each loop: all but `eventLoop` is touched
/// on that loop only.
final class ServerLoop: @unchecked Sendable {
  let eventLoop: any EventLoop
  /// Frames of the read that is being handled; reused so that a read allocates little.
  var batch = WebSocketBatch()

  let deadlines: DeadlineQueue

  private var dirty: [any Flushable] = []
  private let pings = HeartbeatList()
  private let pongs = HeartbeatList()
  /// When the next heartbeat is looked at.
  private var wakeUp: NIODeadline?
  /// How much later than its deadline a heartbeat may be looked at, so that many share a timer.
  private let slack: TimeAmount
  private var channels: [ObjectIdentifier: any Channel] = [:]

  init(eventLoop: any EventLoop, engine: EngineConfiguration) {
    self.eventLoop = eventLoop
    deadlines = DeadlineQueue(eventLoop: eventLoop)
    slack = .nanoseconds(min(engine.pingInterval.nanoseconds / 1_000, 25_000_000))
  }

  // MARK: Writing

  /// Has `writer` flushed at the end of this turn of the loop, once for each call.
  func flushLater(_ writer: any Flushable) {
    dirty.append(writer)
    guard dirty.count == 1 else { return }
    eventLoop.assumeIsolatedUnsafeUnchecked().execute { self.flush() }
  }

  private func flush() {
    let writers = dirty
    dirty.removeAll(keepingCapacity: false)
    for writer in writers { writer.flush() }
  }

  // MARK: Heartbeats

  /// Files a session under its next heartbeat deadline, anew if it was filed already.
  func schedule(_ connection: EngineConnection) {
    unschedule(connection)
    if connection.isAwaitingPong { pongs.append(connection) } else { pings.append(connection) }
    startTimer()
  }

  func unschedule(_ connection: EngineConnection) { HeartbeatLinks.remove(connection) }

  private func startTimer() {
    let due = [pings.first, pongs.first].compactMap { $0?.heartbeatDeadline }
    guard let time = due.min().map({ $0 + slack }) else { return }
    if let wakeUp, wakeUp <= time { return }
    wakeUp = time
    eventLoop.assumeIsolatedUnsafeUnchecked().scheduleTask(deadline: time) {
      self.timerFired(at: time)
    }
  }

  private func timerFired(at time: NIODeadline) {
    guard wakeUp == time else { return }
    wakeUp = nil
    let now = NIODeadline.now()
    while let connection = pongs.first, connection.heartbeatDeadline <= now {
      unschedule(connection)
      connection.heartbeat(now: now)
    }
    while let connection = pings.first, connection.heartbeatDeadline <= now {
      unschedule(connection)
      connection.heartbeat(now: now)
    }
    startTimer()
  }

  // MARK: Connections

  /// The open connections of this loop.
  var channelCount: Int { channels.count }

  func add(_ channel: any Channel) { channels[ObjectIdentifier(channel)] = channel }

  func remove(_ channel: any Channel) { channels[ObjectIdentifier(channel)] = nil }

  /// Ends sessions, and connections as soon as they have answered what they were asked.
  func quiesce() {
    for connection in pings.all + pongs.all { connection.close(.serverShuttingDown) }
    for channel in channels.values {
      channel.pipeline.fireUserInboundEventTriggered(ChannelShouldQuiesceEvent())
    }
  }

  func closeAll() {
    for channel in channels.values { channel.close(promise: nil) }
  }
}
