// Whether a new generation takes over: in all workers of an app, or in none. Each worker prepares it, says how
// that went, and waits for the others. Called from the isolates' loops.

import LuaRuntime
import NIOConcurrencyHelpers

/// One load of an app.
final class LoadBallot: Sendable {
  private struct State {
    var results: [Int: Result<LoadReport, LuaError>] = [:]
    var votes = 0
    var reports = 0
    var isUnanimous = true
    var waiting: [@Sendable (Bool) -> Void] = []
  }

  private let voters: Int
  private let done: @Sendable ([Int: Result<LoadReport, LuaError>]) -> Void
  private let state = NIOLockedValueBox(State())

  /// - Parameter done: called once, on some worker's loop, when each has done what was decided: with how
  ///   it fared, by its number. A worker that gave up because of others is not among them.
  init(
    voters: Int, done: @escaping @Sendable ([Int: Result<LoadReport, LuaError>]) -> Void
  ) {
    self.voters = voters
    self.done = done
  }

  /// Whether one worker decides alone.
  var isAlone: Bool { voters == 1 }

  /// Says whether a worker could take the generation over.
  /// - Parameter decided: called with whether it is to, on the loop of the worker that voted last.
  func cast(_ isReady: Bool, decided: @escaping @Sendable (Bool) -> Void) {
    let (waiting, verdict) = state.withLockedValue { state in
      state.votes += 1
      state.isUnanimous = state.isUnanimous && isReady
      state.waiting.append(decided)
      return (state.votes == voters ? state.waiting : [], state.isUnanimous)
    }
    for decided in waiting { decided(verdict) }
  }

  /// Says how a worker fared; nil when it gave up because of others.
  func report(_ result: Result<LoadReport, LuaError>?, of worker: Int) {
    let results = state.withLockedValue { state -> [Int: Result<LoadReport, LuaError>]? in
      if let result { state.results[worker] = result }
      state.reports += 1
      return state.reports == voters ? state.results : nil
    }
    if let results { done(results) }
  }
}
