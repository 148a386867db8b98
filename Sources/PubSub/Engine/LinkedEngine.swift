// An engine that is a driver on a thread. This file is what others call; EngineLink.swift is the thread.

import NIOCore

/// An engine behind a link that may break: it waits, backs off, subscribes again and catches up.
public final class LinkedEngine<Driver: EngineDriver>: Engine {
  private let thread: EngineThread
  private let requests: EngineRequests
  private let patience: TimeAmount

  /// Begins to make the link at once, and goes on until it is shut down.
  ///
  /// - Parameters:
  ///   - makeDriver: called on the engine's thread, once; a driver whose library has threads of its own
  ///     calls `wake` when it has received something.
  ///   - receiver: hears what is subscribed to; held until the engine was shut down.
  public init(
    limits: EngineLimits = EngineLimits(), receiver: any EngineSubscriber,
    makeDriver: @escaping @Sendable (_ wake: @escaping @Sendable () -> Void) -> Driver
  ) throws(PubSubError) {
    let thread = try EngineThread()
    let node = UInt64.random(in: 1...UInt64.max)
    let requests = EngineRequests(scheme: Driver.scheme, limits: limits, node: node) {
      thread.wake()
    }
    self.thread = thread
    self.requests = requests
    patience = limits.patience
    try thread.start {
      let driver = makeDriver { thread.wake() }
      let link = EngineLink(
        driver: driver, thread: thread, requests: requests, receiver: receiver, limits: limits)
      link.run()
    }
  }

  public var scheme: String { Driver.scheme }

  public var health: EngineHealth { requests.health }

  public func publish(
    _ message: ByteBuffer, on channel: String, keeping limits: HistoryLimits?,
    done: @escaping @Sendable (Result<Position?, PubSubError>) -> Void
  ) {
    requests.publish(message, on: channel, keeping: limits, done: done)
  }

  public func subscribe(
    to pattern: ChannelPattern, done: @escaping @Sendable (Result<Position?, PubSubError>) -> Void
  ) {
    requests.subscribe(.init(pattern: pattern, done: done))
  }

  public func unsubscribe(from pattern: ChannelPattern) { requests.unsubscribe(pattern) }

  public func recover(
    _ channel: String, since position: Position?, keeping limits: HistoryLimits,
    done: @escaping @Sendable (Result<Recovery<EnginePublication>, PubSubError>) -> Void
  ) {
    let request = EngineRecoveryRequest(channel: channel, since: position, limits: limits)
    requests.recover(.init(request: request, deadline: .now() + patience, done: done))
  }

  public func shutDown(done: @escaping @Sendable () -> Void) { requests.shutDown(done: done) }
}
