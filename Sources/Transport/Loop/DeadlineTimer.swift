import NIOCore

/// A deadline that moves often and passes seldom: moving it later costs nothing. Isolated to its
/// event loop.
final class DeadlineTimer {
  private let queue: DeadlineQueue
  private var onPassed: (() -> Void)?
  /// Where in the queue the timer will be looked at; any other place has become stale.
  fileprivate private(set) var filed: NIODeadline?
  /// Its index among those of the same place.
  fileprivate var index = 0

  /// When to call; `nil` for never.
  var deadline: NIODeadline? {
    didSet { file() }
  }

  /// - Parameter onPassed: called once for every deadline that passes.
  init(queue: DeadlineQueue, onPassed: @escaping () -> Void) {
    self.queue = queue
    self.onPassed = onPassed
  }

  /// Ends the timer for good, and lets go of what it would have called.
  func cancel() {
    deadline = nil
    onPassed = nil
    if let filed = filed.take() { queue.remove(self, from: filed) }
  }

  private func file() {
    guard let deadline else { return }
    if let filed, filed <= deadline { return }
    let place = queue.place(of: deadline)
    if let filed, filed <= place { return }
    queue.file(self, at: place)
    filed = place
  }

  /// The time of one place in the queue has come.
  func look(at place: NIODeadline, now: NIODeadline) {
    guard place == filed else { return }
    filed = nil
    guard let deadline else { return }
    guard deadline <= now else { return file() }
    self.deadline = nil
    onPassed?()
  }
}

/// The timers of one event loop, behind a single scheduled task. Deadlines are rounded up by at
/// most a thirtieth of the time until them, or some milliseconds, so that many share a wake-up.
///
/// The event loop's own scheduled tasks are not used for each, because cancelling one of them
/// searches through all.
final class DeadlineQueue {
  private let eventLoop: any EventLoop
  private var places: [NIODeadline: [DeadlineTimer]] = [:]
  private var wakeUp: NIODeadline?

  init(eventLoop: any EventLoop) { self.eventLoop = eventLoop }

  /// When a timer of `deadline` is looked at.
  func place(of deadline: NIODeadline) -> NIODeadline { Self.round(deadline, now: .now()) }

  /// Files a timer to be looked at when the time of `place` has come.
  func file(_ timer: DeadlineTimer, at place: NIODeadline) {
    timer.index = places[place]?.count ?? 0
    places[place, default: []].append(timer)
    wake(at: place)
  }

  /// Takes a timer away; the last of its place takes its index.
  fileprivate func remove(_ timer: DeadlineTimer, from place: NIODeadline) {
    guard let timers = places[place], timer.index < timers.count, timers[timer.index] === timer,
      let last = timers.last
    else { return }
    places[place]?[timer.index] = last
    places[place]?.removeLast()
    if last.filed == place { last.index = timer.index }
  }

  private static func round(_ deadline: NIODeadline, now: NIODeadline) -> NIODeadline {
    let distance = UInt64(max(0, (deadline - now).nanoseconds))
    let shift = max(22, 64 - (distance >> 5).leadingZeroBitCount - 1)
    let mask = (UInt64(1) << UInt64(shift)) - 1
    return .uptimeNanoseconds((deadline.uptimeNanoseconds + mask) & ~mask)
  }

  private func wake(at time: NIODeadline) {
    if let wakeUp, wakeUp <= time { return }
    wakeUp = time
    eventLoop.assumeIsolatedUnsafeUnchecked().scheduleTask(deadline: time) { self.woken(at: time) }
  }

  private func woken(at time: NIODeadline) {
    guard wakeUp == time else { return }
    wakeUp = nil
    let now = NIODeadline.now()
    for place in places.keys.filter({ $0 <= now }) {
      for timer in places.removeValue(forKey: place) ?? [] { timer.look(at: place, now: now) }
    }
    if let next = places.keys.min() { wake(at: next) }
  }
}
