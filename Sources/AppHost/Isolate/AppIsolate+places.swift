// Where an isolate runs. At home it shares the event loop of connections, so that an event of theirs
// costs no switch of threads. It loads on the loader's thread. A handler that takes long is paused in
// the middle and goes on, like everything of its app from then on, on a thread of the app's own: it
// holds up nobody else, neither this time nor the next.

import NIOCore

extension AppIsolate {
  enum Place {
    case home
    case loader
    case own(SideLoop)
  }

  /// Commands of one run that are performed at home.
  private static let manyCommands = 1_000

  /// Processor time that a handler may take at home.
  private static let slice = Duration.milliseconds(4)

  /// Whether the memory of scripts is full, so that a new state must take over.
  var needsRestart: Bool { lua?.overflowed == true }

  /// Adds events; runs them at once when called on the isolate's loop while nothing waits and no other app
  /// is at work there.
  func submit(_ events: consuming [IsolateEvent]) {
    guard let eventLoop = mailbox.append(consume events) else { return }
    if eventLoop.inEventLoop {
      drain(on: eventLoop)
    } else {
      eventLoop.execute { self.drain(on: eventLoop) }
    }
  }

  /// Runs events of connections of the loop of `context`, which is the caller's: at once if nothing waits and
  /// no other app is at work there. They are taken; the array keeps its memory if they have been run.
  func submit(_ events: inout [IsolateEvent], at context: LoopContext) {
    guard !context.isPerforming, mailbox.begin(on: context.eventLoop) else {
      var moved: [IsolateEvent] = []
      swap(&moved, &events)
      return submit(consume moved)
    }
    context.performing {
      deliveries.begin(at: context)
      finishWhatWasBegun()
      runAll(&events, on: context.eventLoop)
    }
  }

  /// Runs one batch. What was added meanwhile waits for the loop's next turn, so that a busy app
  /// leaves the loop time for its connections; and so does all while another app is at work on it.
  func drain(on eventLoop: any EventLoop) {
    guard let context = contexts.context(of: eventLoop) else {
      return runBatch(on: eventLoop, at: nil)
    }
    if context.isPerforming { return eventLoop.execute { self.drain(on: eventLoop) } }
    context.performing { runBatch(on: eventLoop, at: context) }
  }

  private func runBatch(on eventLoop: any EventLoop, at context: LoopContext?) {
    deliveries.begin(at: context)
    finishWhatWasBegun()
    var batch = mailbox.takeAll()
    if batch.isEmpty, let next = nextPlace() { return move(to: next, returning: []) }
    runAll(&batch, on: eventLoop)
  }

  private func runAll(_ batch: inout [IsolateEvent], on eventLoop: any EventLoop) {
    // Taken from the end, events are moved rather than copied.
    batch.reverse()
    while let event = batch.popLast() {
      if case .load = event, case .home = place {
        return move(to: .loader, returning: [event] + batch.reversed())
      }
      var rest = run(event)
      if isAwaitingVerdict { return waitForVerdict(returning: batch.reversed()) }
      while true {
        if let next = nextPlace() {
          return move(to: next, returning: (rest.map { [$0] } ?? []) + batch.reversed())
        }
        guard let event = rest.take() else { break }
        rest = run(event)
      }
    }
    tellPresence()
    deliveries.flush()
    if mailbox.mustGoOn() { eventLoop.execute { self.drain(on: eventLoop) } }
  }

  /// Performs and continues what an isolate took along from where it was before.
  private func finishWhatWasBegun() {
    finishRun()
    guard let lua, lua.isPaused else { return }
    lua.resume()
    finishRun()
  }

  /// Whether the last run asked for so much that performing it here would hold up connections; it is
  /// performed after the move.
  var isLeavingForOwnThread: Bool {
    guard case .home = place else { return false }
    // Those of a burst's earlier events count too, and are few.
    return (lua?.outbox.count ?? 0) > Self.manyCommands + Self.fewCommands
  }

  /// Where to go after the event that was just run; nil to stay.
  private func nextPlace() -> Place? {
    let isLengthy = tookLong || isLeavingForOwnThread || lua?.isPaused == true
    switch place {
    case .own: return isRetired ? .home : nil
    case .loader, .home:
      if isLengthy && !isRetired {
        journal.note(app: worker.title, "takes long and runs on a thread of its own from now on")
        return .own(SideLoop())
      }
      if case .loader = place { return .home }
      return needsRestart ? .loader : nil
    }
  }

  private func move(to next: Place, returning rest: [IsolateEvent]) {
    tellPresence()
    deliveries.flush()
    if case .own(let left) = place { left.shutDown() }
    place = next
    let eventLoop =
      switch next {
      case .home: home
      case .loader: loader.eventLoop
      case .own(let side): side.eventLoop
      }
    updateSlice()
    mailbox.move(to: eventLoop, returning: rest)
    eventLoop.execute { self.drain(on: eventLoop) }
  }

  /// Only at home is there anybody to be held up.
  func updateSlice() {
    if case .home = place { lua?.slice = Self.slice } else { lua?.slice = nil }
  }
}
