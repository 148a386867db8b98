// What everything on one event loop of the server shares: the sessions that live there, the
// connections that it reads, what has something to write at the end of this turn, the
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

  /// Files that were asked for here.
  let readyFiles = ReadyFileTable()

  /// What plain WebSockets read into, while none of them is reading.
  var readBuffer: ByteBuffer?

  /// What plain WebSockets have written.
  var spares = SpareBuffers()

  /// The plain WebSockets that are read here.
  private(set) lazy var poll = SocketPoll(loop: self)

  let deadlines: DeadlineQueue
  /// Compressed messages of the WebSockets that are read here.
  private(set) lazy var compressor = MessageCompressor(loop: self)

  private var dirty: [any TurnEnd] = []
  /// For so many the list keeps its memory from one turn to the next.
  private static let usualItems = 1_024
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

  /// Has `item` flushed once at the end of this turn of the loop.
  func flushLater(_ item: any TurnEnd) {
    dirty.append(item)
    guard dirty.count == 1 else { return }
    eventLoop.assumeIsolatedUnsafeUnchecked().execute { self.flush() }
  }

  private func flush() {
    var items: [any TurnEnd] = []
    swap(&items, &dirty)
    for item in items { item.flush() }
    guard dirty.isEmpty, items.count <= Self.usualItems else { return }
    items.removeAll(keepingCapacity: true)
    swap(&items, &dirty)
  }

  // MARK: Heartbeats

  /// Files a session under its next heartbeat deadline, anew if it was filed already.
  func schedule(_ member: any HeartbeatMember) {
    unschedule(member)
    if member.isAwaitingPong { pongs.append(member) } else { pings.append(member) }
    startTimer()
  }

  func unschedule(_ member: any HeartbeatMember) { HeartbeatLinks.remove(member) }

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
    while let member = pongs.first, member.heartbeatDeadline <= now {
      unschedule(member)
      member.heartbeat(now: now)
    }
    while let member = pings.first, member.heartbeatDeadline <= now {
      unschedule(member)
      member.heartbeat(now: now)
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
    for member in pings.all + pongs.all { member.quiesce() }
    for channel in channels.values {
      channel.pipeline.fireUserInboundEventTriggered(ChannelShouldQuiesceEvent())
    }
  }

  func closeAll() {
    for channel in channels.values { channel.close(promise: nil) }
  }
}
