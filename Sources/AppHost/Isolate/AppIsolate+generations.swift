// Loading: a generation is prepared beside what serves and taken over in one step, in all workers of the app
// or in none.

import LuaRuntime
import Reactive

/// A generation that waits for the verdict of the app's workers.
struct PendingLoad {
  let source: AppSource
  let ballot: LoadBallot
  /// The state that has prepared it: the one that serves, or a new one.
  let lua: LuaIsolate?
  /// Why it cannot be taken over.
  let failure: LuaError?
}

extension AppIsolate {
  /// Loads `source` beside what serves, which goes on serving.
  func prepare(_ source: AppSource, _ ballot: LoadBallot) -> PendingLoad {
    keepChanges()
    let program = storedProgram(of: source)
    do throws(LuaError) {
      var state = lua
      if state == nil || source.manifest.limits != self.source.manifest.limits {
        state = try makeLua(source)
      }
      try state?.prepare(program)
      return PendingLoad(source: source, ballot: ballot, lua: state, failure: nil)
    } catch {
      return PendingLoad(source: source, ballot: ballot, lua: nil, failure: error)
    }
  }

  /// Makes what was prepared serve.
  func takeOver(_ load: PendingLoad) -> Result<LoadReport, LuaError> {
    do throws(LuaError) {
      if let failure = load.failure { throw failure }
      try load.lua?.commit()
    } catch {
      return .failure(error)
    }
    if load.lua !== lua { replaceLua(with: load.lua) }
    serve(load.source)
    return .success(
      LoadReport(
        generation: lua?.generation ?? 0, namespaces: lua?.namespaces ?? [], patterns: patterns,
        routes: lua?.routes ?? [], manifest: manifest))
  }

  /// Forgets what was prepared.
  /// - Returns: nil when others are the reason.
  func withdraw(_ load: PendingLoad) -> Result<LoadReport, LuaError>? {
    if let failure = load.failure { return .failure(failure) }
    load.lua?.withdraw()
    return nil
  }

  /// Whether a generation waits for the verdict of the app's workers.
  var isAwaitingVerdict: Bool { pendingLoad != nil }

  /// Runs nothing more until all workers of the app have voted on a generation.
  func waitForVerdict(returning rest: [IsolateEvent]) {
    guard let pendingLoad else { return }
    deliveries.flush()
    let eventLoop = mailbox.eventLoop
    mailbox.move(to: eventLoop, returning: rest)
    pendingLoad.ballot.cast(pendingLoad.failure == nil) { [self] isTaken in
      eventLoop.execute {
        let settle = { self.settleLoad(isTaken) }
        if let context = self.contexts.context(of: eventLoop) {
          context.performing(settle)
        } else {
          settle()
        }
        self.drain(on: eventLoop)
      }
    }
  }

  /// Takes a prepared generation over, or forgets it.
  func settleLoad(_ isTaken: Bool) {
    guard let load = pendingLoad.take() else { return }
    tookLong = load.failure.map { $0.code == .time || $0.code == .instructions } ?? false
    load.ballot.report(isTaken ? takeOver(load) : withdraw(load), of: worker.number)
  }

  /// What the serving generation declares for pages.
  private var manifest: PageManifest? {
    guard let lua else { return nil }
    do throws(ReactiveError) {
      return try PageManifest(lua.manifest)
    } catch {
      journal.warn(app: name, "what it declares for pages cannot be read: \(error.description)")
      return nil
    }
  }
}
