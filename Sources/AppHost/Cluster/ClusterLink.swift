// One app's door to the engine: it knows how the app's channels are called there. Used by the app's isolate
// and by whatever thread answers it.

import Foundation
import NIOCore
import PubSub

/// What an app's isolate uses of an engine.
struct ClusterLink: Sendable {
  let engine: any Engine
  let app: String
  /// Tells this node's broadcasts from those of others.
  let node: UInt64

  /// The name under which the engine knows a channel of a namespace. Dots part what patterns can tell
  /// apart, so there is none in the namespace.
  func name(of channel: String, in namespace: String) -> String {
    "\(app).c.\(Self.withoutDots(namespace)).\(Self.inOneForm(channel))"
  }

  /// Engines compare bytes, and texts are equal here however their accents are composed.
  private static func inOneForm(_ channel: String) -> String {
    channel.utf8.allSatisfy { $0 < 0x80 } ? channel : channel.precomposedStringWithCanonicalMapping
  }

  /// The channel and the namespace that ``name(of:in:)`` was told; nil for what is no client's channel.
  static func channel(of name: String) -> (name: String, namespace: String)? {
    let parts = name.split(separator: ".", maxSplits: 3, omittingEmptySubsequences: false)
    guard parts.count == 4, parts[1] == "c" else { return nil }
    let namespace = parts[2].replacing("%2E", with: ".").replacing("%25", with: "%")
    return (String(parts[3]), String(namespace))
  }

  /// Whether a channel has no history, so that nothing of it can be caught up on.
  static func isLive(_ channel: String) -> Bool {
    let place = channel.dropFirst(app(of: channel).count)
    return place == ".bus" || place.hasPrefix(".node.")
  }

  /// Where what concerns all nodes of the app is told.
  var bus: String { "\(app).bus" }

  /// Where all that clients may miss is told, when they can come back to another node.
  var log: String { "\(app).log" }

  /// Where the answers to a node's questions are told.
  func answers(to node: UInt64) -> String { "\(app).node.\(NodeID.text(node))" }

  /// The app that a channel of the engine belongs to.
  static func app(of channel: String) -> Substring {
    channel.prefix { $0 != "." }
  }

  private static func withoutDots(_ namespace: String) -> String {
    namespace.utf8.contains { $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "%") }
      ? namespace.replacing("%", with: "%25").replacing(".", with: "%2E") : namespace
  }

  func publish(
    _ publication: ClusterPublication, keeping limits: HistoryLimits,
    done: @escaping @Sendable (Result<Position?, PubSubError>) -> Void
  ) {
    engine.publish(
      ClusterMessage.publication(publication).bytes,
      on: name(of: publication.channel, in: publication.namespace), keeping: limits, done: done)
  }

  /// Tells all nodes of the app.
  func send(
    _ message: ClusterMessage,
    done: @escaping @Sendable (Result<Position?, PubSubError>) -> Void
  ) {
    engine.publish(message.bytes, on: bus, keeping: nil, done: done)
  }

  /// Tells one node.
  func send(
    _ answer: NodeAnswer, to node: UInt64,
    done: @escaping @Sendable (Result<Position?, PubSubError>) -> Void
  ) {
    engine.publish(
      ClusterMessage.answer(answer).bytes, on: answers(to: node), keeping: nil, done: done)
  }

  /// Tells all nodes about presence, this one among them. What is lost is noticed by later messages.
  func send(_ message: PresenceMessage) {
    engine.publish(ClusterMessage.presence(message).bytes, on: bus, keeping: nil) { _ in }
  }

  /// Adds a record to the recovery log.
  func write(
    _ record: SignedRecord, keeping limits: HistoryLimits,
    done: @escaping @Sendable (Result<Position?, PubSubError>) -> Void
  ) {
    engine.publish(record.bytes, on: log, keeping: limits, done: done)
  }
}
