// What an engine's client library has to be made to do. LinkedEngine drives it, from one thread; all that
// engines have in common (waiting, backing off, subscribing again, catching up, knowing repetitions) is
// there, and not here.

import NIOCore

/// One engine's client library, behind a link that may break.
///
/// All is called on one thread, one call at a time. A method that throws has lost the link: `disconnect`
/// follows, and later `connect` again. Methods may block for as long as an answer takes, but not longer
/// than ``EngineDriverLimits/answer``.
public protocol EngineDriver: AnyObject, SendableMetatype {
  /// What the engine is called in URLs, logs and errors.
  static var scheme: String { get }

  /// What to wait for while there is nothing to do; read before each wait.
  var interests: [EngineThread.Interest] { get }

  /// Makes the link. Nothing is subscribed to on it yet.
  func connect() throws(PubSubError)

  /// Drops the link, however it is. Called before every new attempt, too.
  func disconnect()

  /// Sends publications in order, together. Each is answered later by a
  /// ``EngineDriverEvent/confirmed(_:)``, in the same order.
  func publish(_ entries: [PublishQueue.Entry]) throws(PubSubError)

  /// Subscribes; returns once what is published from then on arrives. A pattern may also bring what it
  /// does not match: that is sorted out by the caller.
  func subscribe(_ patterns: [ChannelPattern]) throws(PubSubError)

  func unsubscribe(_ patterns: [ChannelPattern]) throws(PubSubError)

  /// Reads histories, in the order of the requests.
  ///
  /// - Returns: for each what is there, or why the engine refuses. A channel without a history has a
  ///   position all the same, with the offset 0 when nothing else.
  func recover(
    _ requests: [EngineRecoveryRequest]
  ) throws(PubSubError) -> [Result<Recovery<EnginePublication>, PubSubError>]

  /// Takes what has come, without waiting. Called after each wait and after each of the above.
  func receive() throws(PubSubError) -> [EngineDriverEvent]
}

/// What a driver has received.
public enum EngineDriverEvent: Sendable {
  /// The answer to the oldest publication that was sent and not answered.
  case confirmed(Result<Position?, PubSubError>)
  /// A publication of a channel that was subscribed to, or of another one.
  case publication(EnginePublication)
}

/// A look into the history of a channel.
public struct EngineRecoveryRequest: Sendable {
  public let channel: String
  /// nil asks only where the channel stands.
  public let since: Position?
  /// What is beyond these counts as not kept; nil for all that is there.
  public let limits: HistoryLimits?

  public init(channel: String, since: Position?, limits: HistoryLimits?) {
    self.channel = channel
    self.since = since
    self.limits = limits
  }
}

/// The times that all drivers keep to.
public enum EngineDriverLimits {
  /// How long making a link may take.
  public static let connect = TimeAmount.seconds(2)
  /// How long an answer may take before the link counts as lost.
  public static let answer = TimeAmount.seconds(5)
}
