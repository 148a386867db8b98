// What carries publications between nodes. A node without an engine is alone and needs none of this:
// its isolates publish to their own loops. With one, an isolate publishes to the engine, and every node
// that has subscribed, the publisher's own among them, gets the publication back.

import NIOCore

/// A connection of this node to a system that carries publications between nodes.
///
/// All methods return at once and may be called from any thread. What they answer, and what is
/// received, comes on a thread of the engine's, which must not be held up.
///
/// What every engine keeps to:
/// - **Order.** What one node publishes on a channel arrives in that order. What is published with a
///   history arrives everywhere in one order, that of the offsets.
/// - **Offsets grow** along a channel; by how much is the engine's business. A new epoch says that the
///   stream was lost.
/// - **No gap, no repetition.** While the link holds, a subscriber of a channel gets each publication
///   once. After the link was lost, what has a history is caught up on before anything new; where that
///   is impossible, ``EngineEvent/gap(channel:)`` says so.
/// - **Nothing acknowledged is lost**: once a publication with a history is answered with its position,
///   the engine has it, for as long as its limits say.
/// - **Bounded.** While the engine is away, publications wait, up to ``EngineLimits``; beyond that they
///   are answered with ``PubSubError/Code/overdue``.
public protocol Engine: AnyObject, Sendable {
  /// What the engine is called in URLs, logs and errors, such as `redis`.
  var scheme: String { get }

  /// How the link to the engine is.
  var health: EngineHealth { get }

  /// Publishes a message.
  ///
  /// - Parameters:
  ///   - limits: how much of the channel is kept; nil for a message that is only for those who are
  ///     here now.
  ///   - done: called once: with the position in the channel (nil without a history), or with what
  ///     became of it instead.
  func publish(
    _ message: ByteBuffer, on channel: String, keeping limits: HistoryLimits?,
    done: @escaping @Sendable (Result<Position?, PubSubError>) -> Void)

  /// Subscribes the receiver to one channel or to all that match.
  ///
  /// Several patterns that match one channel bring each publication once. To subscribe to what is
  /// subscribed already changes nothing.
  /// - Parameter done: called once what is published from then on arrives, or with why it never will.
  ///   While the engine is away the subscription waits for it. For one channel it says where that
  ///   stands: what is after the position arrives, what is not does not.
  func subscribe(
    to pattern: ChannelPattern, done: @escaping @Sendable (Result<Position?, PubSubError>) -> Void)

  /// Ends a subscription. What is on its way may still arrive.
  func unsubscribe(from pattern: ChannelPattern)

  /// Reads what is kept of a channel.
  ///
  /// - Parameters:
  ///   - position: where to begin; nil asks only where the channel stands.
  ///   - limits: how much of the channel is kept.
  func recover(
    _ channel: String, since position: Position?, keeping limits: HistoryLimits,
    done: @escaping @Sendable (Result<Recovery<EnginePublication>, PubSubError>) -> Void)

  /// Ends the link. What waits is answered with ``PubSubError/Code/shutDown``; nothing is received
  /// after `done`.
  func shutDown(done: @escaping @Sendable () -> Void)
}

/// How much may wait for an engine.
public struct EngineLimits: Sendable, Equatable {
  /// The bytes of publications that wait for the engine to take or confirm them.
  public var waitingBytes = 16 << 20
  /// How many publications may wait.
  public var waitingMessages = 100_000
  /// How long a publication waits.
  public var patience = TimeAmount.seconds(15)
  /// The largest message.
  public var messageBytes = 8 << 20
  /// The channels whose history is followed exactly when a pattern brings many.
  public var followedChannels = 100_000

  public init() {}
}

/// Who hears what an engine brings.
public protocol EngineSubscriber: AnyObject, Sendable {
  /// Called in order, one call at a time, on a thread of the engine's. All that has come in one turn
  /// comes together.
  func received(_ events: [EngineEvent])
}

/// What an engine brings.
public enum EngineEvent: Sendable {
  case publication(EnginePublication)
  /// Publications of the channel were lost for this node and cannot be caught up on.
  case gap(channel: String)
  /// The link is there, or it is not; publications without a history may have been lost meanwhile.
  case health(EngineHealth)
}

/// How the link to an engine is.
public enum EngineHealth: Sendable, Equatable {
  case connecting
  case up
  /// Lost, and tried again and again; with the reason.
  case down(String)
  case shutDown
}
