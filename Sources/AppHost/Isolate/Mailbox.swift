// The waiting line in front of an isolate. It serialises everything that touches the isolate's
// state: whoever is told to drain is the only one who may, until the line is empty. The event loop
// that drains can be changed; order is kept across the change.

import NIOConcurrencyHelpers
import NIOCore

/// A multiple-producer, one-consumer line whose consumer is at most one event loop at a time.
final class Mailbox<Element: Sendable>: Sendable {
  private struct State {
    var waiting: [Element] = []
    var isDraining = false
    var eventLoop: any EventLoop
  }

  private let state: NIOLockedValueBox<State>

  init(eventLoop: any EventLoop) {
    state = NIOLockedValueBox(State(eventLoop: eventLoop))
  }

  /// The loop that drains.
  var eventLoop: any EventLoop { state.withLockedValue { $0.eventLoop } }

  /// How many elements wait.
  var count: Int { state.withLockedValue { $0.waiting.count } }

  /// Adds elements at the end.
  /// - Returns: the loop on which the caller must start to drain; nil when somebody drains already.
  func append(_ elements: [Element]) -> (any EventLoop)? {
    state.withLockedValue { state in
      if state.waiting.isEmpty {
        state.waiting = elements
      } else {
        state.waiting.append(contentsOf: elements)
      }
      if state.isDraining { return nil }
      state.isDraining = true
      return state.eventLoop
    }
  }

  /// Takes all that waits. Only the one who drains calls it.
  func takeAll() -> [Element] {
    state.withLockedValue { state in
      let elements = state.waiting
      state.waiting = []
      return elements
    }
  }

  /// Ends the draining if nothing waits.
  /// - Returns: whether something waits, and the caller must go on.
  func mustGoOn() -> Bool {
    state.withLockedValue { state in
      state.isDraining = !state.waiting.isEmpty
      return state.isDraining
    }
  }

  /// Gives elements that were taken back to the front and lets `eventLoop` drain from now on.
  ///
  /// Called by the one who drains; it must then stop and start draining on `eventLoop`.
  func move(to eventLoop: any EventLoop, returning elements: ArraySlice<Element>) {
    state.withLockedValue { state in
      state.eventLoop = eventLoop
      state.waiting.insert(contentsOf: elements, at: 0)
    }
  }
}
