// What scripts want kept of channels, and by which way a channel's publications go: through the engine that
// the app's nodes or workers share, through the one that has durable channels, or no further than this
// isolate.

import LuaRuntime
import NIOCore
import PubSub

/// What is kept of a channel from now on.
struct HistoryChange: Sendable {
  let namespace: String
  let channel: String
  let limits: HistoryLimits
}

/// A channel that an engine brings.
struct EngineChannel {
  /// How the engine calls it.
  let name: String
  let link: ClusterLink
}

extension AppIsolate {
  /// What carries the publications of a channel; nil when they stay here. Models live on their own node.
  func carrier(of channel: String, in namespace: String) -> ClusterLink? {
    guard link != nil || durableLink != nil, !channel.hasPrefix(Topic.modelPrefix) else {
      return nil
    }
    guard let durableLink else { return link }
    let isDurable = history.limits(of: Topic.channel(channel, in: namespace)).isDurable
    return isDurable ? durableLink : link
  }

  /// What the script wants kept of a channel.
  func configureHistory(_ command: LuaCommand) {
    let before = history.limits(of: Topic.channel(command.text, in: command.namespace))
    let defaults = history.defaults
    let limits = HistoryLimits(
      messages: command.number < 0 ? defaults.messages : Int(command.number),
      age: command.duration < .zero ? defaults.age : TimeAmount(command.duration),
      isDurable: command.isDurable ?? before.isDurable)
    let change = HistoryChange(
      namespace: command.namespace, channel: command.text, limits: limits)
    perform(change)
    // Publications of a channel must go the same way, and be kept as long, in all workers.
    guard limits != before, worker.resources.workerCount > 1 else { return }
    worker.resources.tell(.configure(change))
  }

  /// Keeps what a script of this worker, or of another one, wants kept.
  func perform(_ change: HistoryChange) {
    history.configure(Topic.channel(change.channel, in: change.namespace), change.limits)
    if change.limits.isDurable && durableLink == nil { openDurableLink() }
    if durableLink != nil { reroute(change.channel, in: change.namespace) }
  }

  /// Links this worker to the app's durable channels, unless an engine between nodes has them.
  func openDurableLink() {
    do throws(PubSubError) {
      durableLink = try worker.resources.durableLink { [weak self] events in
        self?.submit([.cluster(.received(events))])
      }
    } catch {
      journal.warn(app: worker.title, "its channels are not durable: \(error)")
    }
  }

  /// A channel that others may be subscribed to already comes by another way.
  private func reroute(_ channel: String, in namespace: String) {
    let topic = Topic.channel(channel, in: namespace)
    guard let carrier = carrier(of: channel, in: namespace) else { return }
    guard let old = engineChannels[topic] else {
      // Without another engine nobody knows here who has subscribed.
      if link == nil { attend(channel, in: namespace, by: .app) }
      return
    }
    guard old.link.engine !== carrier.engine else { return }
    old.link.engine.unsubscribe(from: .exactly(old.name))
    let name = carrier.name(of: channel, in: namespace)
    engineChannels[topic] = EngineChannel(name: name, link: carrier)
    let serial = feeds.serial(of: topic)
    carrier.engine.subscribe(to: .exactly(name)) { [weak self] result in
      guard let serial, case .success(let position) = result else { return }
      self?.submit([.cluster(.subscribed(topic: topic, serial: serial, at: position))])
    }
  }
}
