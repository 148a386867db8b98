// An app's workers: which of them serves which event loop. Each loop belongs to one worker of an app, so that
// what a worker sends to its loops reaches nobody twice.

import LuaRuntime

/// One worker of an app.
struct AppWorker: Sendable {
  /// From 1.
  let number: Int
  let resources: AppResources
  /// What the app's nodes meet in, its workers among them; nil when it is alone.
  let hub: EngineHub?

  /// What the log calls it.
  var title: String {
    resources.workerCount > 1 ? "\(resources.app) worker \(number)" : resources.app
  }

  /// The loops whose clients it serves. Every loop has one worker of each app.
  func loops(of contexts: LoopContexts) -> [LoopContext] {
    contexts.all.filter { $0.index % resources.workerCount == number - 1 }
  }

  /// As its scripts see it.
  var lua: LuaWorker {
    LuaWorker(
      number: number, count: resources.workerCount, shared: resources.shared,
      keepsHistory: resources.keepsHistory)
  }
}

/// The isolates of one app, by the loops that they serve.
final class AppWorkers: Sendable {
  let all: [AppIsolate]
  let resources: AppResources

  /// - Parameter all: in the order of their numbers, one at least.
  init(_ all: [AppIsolate], resources: AppResources) {
    self.all = all
    self.resources = resources
  }

  /// The worker that serves the clients of a loop.
  func isolate(on context: LoopContext) -> AppIsolate {
    all.count == 1 ? all[0] : all[context.index % all.count]
  }
}
