// The host's link to an engine, shared by all apps that use it. What the engine brings goes to the isolate
// of the app whose channel it is, what nodes say of themselves to ClusterNodes; how the link is goes to the log.

import Logging
import NIOConcurrencyHelpers
import NIOCore
import PubSub

/// An engine and the apps behind it.
final class EngineHub: Sendable {
  private let engine: any Engine
  private let apps: EngineApps
  /// This node's id.
  let node: UInt64
  /// The silence after which another node is gone.
  let timeout: TimeAmount
  /// The hosts that meet in this engine.
  let nodes: ClusterNodes

  /// - Throws: ``HostError`` when the URL is wrong.
  init(_ url: EngineURL, own: ClusterNode, timeout: TimeAmount, logger: Logger) throws(HostError) {
    node = own.id
    self.timeout = timeout
    nodes = ClusterNodes(own: own, timeout: timeout)
    apps = EngineApps(name: url.description, nodes: nodes, logger: logger)
    engine = try EngineCatalog.engine(at: url, receiver: apps)
    nodes.start(engine)
  }

  /// A link of one worker of an app to the others, in this process.
  init(
    _ app: String, in broker: MemoryBroker, own: ClusterNode, timeout: TimeAmount, logger: Logger
  ) throws(HostError) {
    // That it is reached goes without saying.
    var quiet = logger
    quiet.logLevel = .error
    node = own.id
    self.timeout = timeout
    nodes = ClusterNodes(own: own, timeout: timeout)
    apps = EngineApps(name: app, nodes: nodes, logger: quiet)
    do throws(PubSubError) {
      engine = try EmbeddedEngine.engine(broker, receiver: apps)
    } catch {
      throw HostError(.plugins, "\(app): \(error.message)")
    }
    nodes.start(engine)
  }

  /// Joins an app. What concerns it is passed to `deliver`, on threads of the engine's and of the nodes', in
  /// order for each of the two.
  func link(
    app: String, deliver: @escaping @Sendable (ClusterEvent) -> Void
  ) -> ClusterLink {
    apps.set(app, deliver)
    let link = ClusterLink(engine: engine, app: app, node: node)
    engine.subscribe(to: .exactly(link.bus)) { _ in }
    engine.subscribe(to: .exactly(link.answers(to: node))) { _ in }
    nodes.serve(app, deliver)
    return link
  }

  /// The app is gone.
  func unlink(app: String) {
    nodes.withdraw(app)
    apps.set(app, nil)
  }

  func shutDown() async {
    await nodes.leave()
    await withCheckedContinuation { done in engine.shutDown { done.resume() } }
  }
}

/// Passes on what an engine brings.
private final class EngineApps: EngineSubscriber {
  private let name: String
  private let nodes: ClusterNodes
  private let logger: Logger
  private let apps = NIOLockedValueBox<[String: @Sendable (ClusterEvent) -> Void]>([:])

  init(name: String, nodes: ClusterNodes, logger: Logger) {
    self.name = name
    self.nodes = nodes
    self.logger = logger
  }

  func set(_ app: String, _ deliver: (@Sendable (ClusterEvent) -> Void)?) {
    apps.withLockedValue { $0[app] = deliver }
  }

  func received(_ events: [EngineEvent]) {
    let apps = apps.withLockedValue { $0 }
    var batches: [Substring: [EngineEvent]] = [:]
    var lost: [String] = []
    for event in events {
      switch event {
      case .publication(let publication) where publication.channel == ClusterNodes.channel:
        nodes.received(publication.message)
      case .publication(let publication):
        batches[ClusterLink.app(of: publication.channel), default: []].append(event)
      case .gap(ClusterNodes.channel): break
      case .gap(let channel) where ClusterLink.isLive(channel): break
      case .gap(let channel):
        lost.append(channel)
        batches[ClusterLink.app(of: channel), default: []].append(event)
      case .health(let health):
        tell(health)
        nodes.changed(to: health)
        for app in apps.keys { batches[app[...], default: []].append(event) }
      }
    }
    if !lost.isEmpty { tell(lost: lost) }
    for (app, batch) in batches { apps[String(app)]?(.received(batch)) }
  }

  private func tell(lost channels: [String]) {
    let others = channels.count > 1 ? " and \(channels.count - 1) other channels" : ""
    logger.warning(
      "\(name): publications on \(channels[0])\(others) were lost and cannot be caught up on")
  }

  private func tell(_ health: EngineHealth) {
    switch health {
    case .up: logger.notice("\(name): the engine is reached")
    case .down(let reason):
      logger.warning("\(name): the engine is away: \(reason); it is tried again and again")
    case .connecting, .shutDown: break
    }
  }
}
