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
  /// Whether an engine between nodes has the app's channels.
  let isClustered: Bool
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
    self.isClustered = isClustered
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
  func hubs(_ limits: AppLimits, from hubs: EngineHubs) throws(HostError) -> [EngineHub] {
    let broker = MemoryBroker(maxBytes: limits.historyBytes << 20, maxChannels: limits.channels)
    let hubs = try hubs.hubs(of: app, workers: workerCount, in: broker)
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
