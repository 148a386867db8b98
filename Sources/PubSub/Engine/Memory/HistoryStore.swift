// What a MemoryBroker keeps histories in when they are to outlive the process. What the store is made of is
// the business of those who have it.

import NIOCore

/// A publication on its way into a store.
public struct HistoryEntry: Sendable {
  public let channel: String
  /// As the engine carries it.
  public let bytes: ByteBuffer
  /// What its channel keeps from now on.
  public let limits: HistoryLimits

  public init(channel: String, bytes: ByteBuffer, limits: HistoryLimits) {
    self.channel = channel
    self.bytes = bytes
    self.limits = limits
  }
}

/// Histories that outlive the process.
///
/// All methods block and may be called from any thread. One that throws has changed nothing; it may be
/// tried again.
public protocol HistoryStore: AnyObject, Sendable {
  /// Makes sure that the store is there. Called before everything else, and after each failure.
  func open() throws(PubSubError)

  /// Gives publications their places, in order, and stores them: all, or none.
  ///
  /// Offsets count from 1 by one along each channel. Once this returns, the publications outlive the
  /// process.
  func append(_ entries: [HistoryEntry]) throws(PubSubError) -> [Position]

  /// Reads histories, in the order of the requests. A channel that is not there has a position from then on.
  func recover(
    _ requests: [EngineRecoveryRequest]
  ) throws(PubSubError) -> [Recovery<EnginePublication>]
}
