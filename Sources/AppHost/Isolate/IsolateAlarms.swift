// The clock side of an isolate: suspended handlers that wait for a time, acks that may come too
// late, and timers. The scripts' own bookkeeping is in the Lua runtime; this only wakes it.

import NIOCore

/// The alarms of one isolate. Confined like the isolate.
struct IsolateAlarms {
  enum Alarm: Hashable {
    case wake(UInt64)
    case timer(UInt64)
    /// The answers of nodes are overdue.
    case question(UInt64)
    /// The client of a parked socket has had its time to come back.
    case forget(UInt64)
    /// Something about presence is due.
    case presence
    /// The other nodes are to be told of this one's clients again.
    case tell
  }

  private struct AckKey: Hashable {
    let socket: UInt64
    let id: Int64
  }

  private struct Running {
    let task: Scheduled<Void>
    let due: NIODeadline
    /// nil for an alarm that rings once.
    let interval: TimeAmount?
  }

  private var running: [Alarm: Running] = [:]
  /// The token of each ack that is awaited, and the ack of each such token.
  private var acks: [AckKey: UInt64] = [:]
  private var awaited: [UInt64: AckKey] = [:]

  func contains(_ alarm: Alarm) -> Bool { running[alarm] != nil }

  /// Starts `alarm`; `ring` is called on `eventLoop` when it is due.
  mutating func start(
    _ alarm: Alarm, after delay: TimeAmount, repeats: Bool, on eventLoop: any EventLoop,
    ring: @escaping @Sendable () -> Void
  ) {
    let due = NIODeadline.now() + delay
    let task = eventLoop.scheduleTask(deadline: due, ring)
    running[alarm] = Running(task: task, due: due, interval: repeats ? delay : nil)
  }

  /// Remembers that the alarm of `token` ends when the client acknowledges `id`.
  mutating func expectAck(socket: UInt64, id: Int64, token: UInt64) {
    let key = AckKey(socket: socket, id: id)
    acks[key] = token
    awaited[token] = key
  }

  /// The client has answered in time.
  mutating func acknowledged(socket: UInt64, id: Int64) {
    guard let token = acks[AckKey(socket: socket, id: id)] else { return }
    cancel(.wake(token))
  }

  /// A timer has rung: starts its next interval, or forgets it.
  ///
  /// Intervals are counted from when the timer was due, so that it does not drift; those that a busy
  /// app has missed are skipped.
  mutating func fired(
    _ timer: UInt64, on eventLoop: any EventLoop, ring: @escaping @Sendable () -> Void
  ) {
    guard let alarm = running[.timer(timer)] else { return }
    guard let interval = alarm.interval else {
      running[.timer(timer)] = nil
      return
    }
    let now = NIODeadline.now()
    let due = alarm.due + interval > now ? alarm.due + interval : now + interval
    let task = eventLoop.scheduleTask(deadline: due, ring)
    running[.timer(timer)] = Running(task: task, due: due, interval: interval)
  }

  mutating func remove(_ alarm: Alarm) {
    running[alarm] = nil
    if case .wake(let token) = alarm, let key = awaited.removeValue(forKey: token) {
      acks[key] = nil
    }
  }

  mutating func cancel(_ alarm: Alarm) {
    running[alarm]?.task.cancel()
    remove(alarm)
  }

  mutating func cancelAll() {
    for alarm in running.values { alarm.task.cancel() }
    running = [:]
    acks = [:]
    awaited = [:]
  }
}
