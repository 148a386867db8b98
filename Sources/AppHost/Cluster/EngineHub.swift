// The host's link to an engine, shared by all apps that use it. What the engine brings goes to the isolate
// of the app whose channel it is; how the link is goes to the log.

import Logging
import NIOConcurrencyHelpers
import PubSub

/// An engine and the apps behind it.
final class EngineHub: Sendable {
  private let engine: any Engine
  private let apps: EngineApps
  private let node = UInt64.random(in: 1...UInt64.max)

  /// - Throws: ``HostError`` when the URL is wrong.
  init(_ url: EngineURL, logger: Logger) throws(HostError) {
    apps = EngineApps(name: url.description, logger: logger)
    engine = try EngineCatalog.engine(at: url, receiver: apps)
  }

  /// A link of one worker of an app to the others, in this process.
  init(_ app: String, in broker: MemoryBroker, logger: Logger) throws(HostError) {
    // That it is reached goes without saying.
    var quiet = logger
    quiet.logLevel = .error
    apps = EngineApps(name: app, logger: quiet)
    do throws(PubSubError) {
      engine = try EmbeddedEngine.engine(broker, receiver: apps)
    } catch {
      throw HostError(.plugins, "\(app): \(error.message)")
    }
  }

  /// Joins an app. What concerns it is passed to `deliver`, in order, on a thread of the engine's.
  func link(
    app: String, deliver: @escaping @Sendable ([EngineEvent]) -> Void
  ) -> ClusterLink {
    apps.set(app, deliver)
    let link = ClusterLink(engine: engine, app: app, node: node)
    engine.subscribe(to: .exactly(link.bus)) { _ in }
    return link
  }

  /// The app is gone.
  func unlink(app: String) { apps.set(app, nil) }

  func shutDown() async {
    await withCheckedContinuation { done in engine.shutDown { done.resume() } }
  }
}

/// Passes on what an engine brings.
private final class EngineApps: EngineSubscriber {
  private let name: String
  private let logger: Logger
  private let apps = NIOLockedValueBox<[String: @Sendable ([EngineEvent]) -> Void]>([:])

  init(name: String, logger: Logger) {
    self.name = name
    self.logger = logger
  }

  func set(_ app: String, _ deliver: (@Sendable ([EngineEvent]) -> Void)?) {
    apps.withLockedValue { $0[app] = deliver }
  }

  func received(_ events: [EngineEvent]) {
    let apps = apps.withLockedValue { $0 }
    var batches: [Substring: [EngineEvent]] = [:]
    for event in events {
      switch event {
      case .publication(let publication):
        batches[ClusterLink.app(of: publication.channel), default: []].append(event)
      case .gap(let channel):
        logger.warning("\(name): publications on \(channel) were lost and cannot be caught up on")
        batches[ClusterLink.app(of: channel), default: []].append(event)
      case .health(let health):
        tell(health)
        for app in apps.keys { batches[app[...], default: []].append(event) }
      }
    }
    for (app, batch) in batches { apps[String(app)]?(batch) }
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
