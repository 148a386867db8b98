// The waiting line in front of an isolate. It serialises everything that touches the isolate's
// state: whoever is told to drain is the only one who may, until the line is empty. The event loop
// that drains can be changed; order is kept across the change.

import Atomics
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
  /// Changed under the lock, read without it.
  private let waitingWeight = ManagedAtomic(0)
  private let weigh: @Sendable (Element) -> Int

  /// - Parameter weigh: for how many an element counts.
  init(eventLoop: any EventLoop, weigh: @escaping @Sendable (Element) -> Int = { _ in 1 }) {
    self.weigh = weigh
    state = NIOLockedValueBox(State(eventLoop: eventLoop))
  }

  /// The loop that drains.
  var eventLoop: any EventLoop { state.withLockedValue { $0.eventLoop } }

  /// How much waits.
  var weight: Int { waitingWeight.load(ordering: .relaxed) }

  /// Begins to drain on `eventLoop`, if that is where to drain, nobody does and nothing waits: what the
  /// caller has need not be added.
  func begin(on eventLoop: any EventLoop) -> Bool {
    state.withLockedValue { state in
      guard !state.isDraining, state.waiting.isEmpty, state.eventLoop === eventLoop else {
        return false
      }
      state.isDraining = true
      return true
    }
  }

  /// Adds elements at the end.
  /// - Returns: the loop on which the caller must start to drain; nil when somebody drains already.
  func append(_ elements: consuming [Element]) -> (any EventLoop)? {
    var elements = elements
    let weight = elements.reduce(0) { $0 + weigh($1) }
    return state.withLockedValue { state in
      waitingWeight.wrappingIncrement(by: weight, ordering: .relaxed)
      if state.waiting.isEmpty {
        // Moved, so that who takes them has the only reference and need not copy.
        swap(&state.waiting, &elements)
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
    var elements: [Element] = []
    state.withLockedValue { state in
      swap(&state.waiting, &elements)
      waitingWeight.store(0, ordering: .relaxed)
    }
    return elements
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
  func move(to eventLoop: any EventLoop, returning elements: [Element]) {
    let weight = elements.reduce(0) { $0 + weigh($1) }
    state.withLockedValue { state in
      waitingWeight.wrappingIncrement(by: weight, ordering: .relaxed)
      state.eventLoop = eventLoop
      state.waiting.insert(contentsOf: elements, at: 0)
    }
  }
}
