// What the workers of one app have in common besides their scripts: the shared store, the engines of this
// process, and the news that all of them must hear. Made by the registry when the app starts; used by its
// isolates, on any thread.

import Logging
import LuaRuntime
import NIOConcurrencyHelpers
import PubSub

/// What an app has once, however many workers it has.
final class AppResources: Sendable {
  private struct State {
    var mailboxes: [@Sendable (IsolateEvent) -> Void] = []
    var engines: [any Engine] = []
    var hubs: [EngineHub] = []
  }

  let app: String
  let workerCount: Int
  let shared: LuaShared
  /// Whether channels can be durable: by an engine between nodes, or by the host's database.
  let keepsHistory: Bool
  private let logger: Logger
  /// What durable channels go through; nil without a database, and with an engine between nodes.
  private let durable: MemoryBroker?
  private let state = NIOLockedValueBox(State())

  /// - Parameters:
  ///   - database: where durable channels are stored; nil when the host stores none.
  ///   - isClustered: whether an engine between nodes has the app's channels.
  init(
    _ source: AppSource, workerCount: Int, database: HistoryDatabase?, isClustered: Bool,
    logger: Logger
  ) {
    let limits = source.manifest.limits
    app = source.name
    self.workerCount = workerCount
    self.logger = logger
    shared = LuaShared(bytes: limits.sharedBytes << 20)
    keepsHistory = isClustered || database != nil
    guard let database, !isClustered else {
      durable = nil
      return
    }
    let history = DurableHistory(
      app: source.name, database: database, maxBytes: limits.durableBytes << 20,
      maxChannels: limits.channels)
    durable = MemoryBroker(store: history)
  }

  // MARK: Engines of this process

  /// A hub for each worker, which meet in this process.
  func hubs(_ limits: AppLimits) throws(HostError) -> [EngineHub] {
    let broker = MemoryBroker(maxBytes: limits.historyBytes << 20, maxChannels: limits.channels)
    var hubs: [EngineHub] = []
    for _ in 1...workerCount { hubs.append(try EngineHub(app, in: broker, logger: logger)) }
    state.withLockedValue { $0.hubs = hubs }
    return hubs
  }

  /// Links a worker to the app's durable channels; nil when an engine between nodes has them.
  func durableLink(
    deliver: @escaping @Sendable ([EngineEvent]) -> Void
  ) throws(PubSubError) -> ClusterLink? {
    guard let durable else { return nil }
    let link = try EmbeddedEngine.link(app, to: durable, logger: logger, deliver: deliver)
    state.withLockedValue { $0.engines.append(link.engine) }
    return link
  }

  /// Ends the engines of this process once they have taken what waits.
  func shutDown() async {
    let (engines, hubs) = state.withLockedValue { ($0.engines, $0.hubs) }
    for engine in engines {
      await withCheckedContinuation { done in engine.shutDown { done.resume() } }
    }
    for hub in hubs { await hub.shutDown() }
  }

  // MARK: News

  /// Has a worker hear what others tell.
  func join(_ submit: @escaping @Sendable (IsolateEvent) -> Void) {
    state.withLockedValue { $0.mailboxes.append(submit) }
  }

  /// Tells all workers, the teller too.
  func tell(_ event: IsolateEvent) {
    for submit in state.withLockedValue({ $0.mailboxes }) { submit(event) }
  }
}

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
