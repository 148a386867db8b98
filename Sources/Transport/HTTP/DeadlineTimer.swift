import NIOCore

/// A deadline that moves often and passes seldom. Moving it later costs nothing: the one scheduled
/// task looks at it when it fires, and sleeps on. Isolated to its event loop.
final class DeadlineTimer {
  private let eventLoop: any EventLoop
  private let onPassed: () -> Void
  private var task: (deadline: NIODeadline, scheduled: Scheduled<Void>)?

  /// When to call; `nil` for never.
  var deadline: NIODeadline? {
    didSet { arm() }
  }

  init(eventLoop: any EventLoop, onPassed: @escaping () -> Void) {
    self.eventLoop = eventLoop
    self.onPassed = onPassed
  }

  /// Ends the timer for good.
  func cancel() {
    deadline = nil
    task?.scheduled.cancel()
    task = nil
  }

  private func arm() {
    guard let deadline else { return }
    if let task {
      guard deadline < task.deadline else { return }
      task.scheduled.cancel()
    }
    let scheduled = eventLoop.assumeIsolatedUnsafeUnchecked().scheduleTask(deadline: deadline) {
      [weak self] in
      guard let self else { return }
      fired()
    }
    task = (deadline, scheduled)
  }

  private func fired() {
    task = nil
    guard let deadline else { return }
    if deadline <= .now() { onPassed() } else { arm() }
  }
}
