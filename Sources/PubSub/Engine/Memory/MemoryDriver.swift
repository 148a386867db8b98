/// The engine `memory`: a broker in this process.
public final class MemoryDriver: EngineDriver {
  private let broker: MemoryBroker
  private let wake: @Sendable () -> Void

  public init(broker: MemoryBroker, wake: @escaping @Sendable () -> Void) {
    self.broker = broker
    self.wake = wake
  }

  public static var scheme: String { "memory" }

  public var interests: [EngineThread.Interest] { [] }

  public func connect() throws(PubSubError) { try broker.link(self, wake: wake) }

  public func disconnect() { broker.unlink(self) }

  public func publish(_ entries: [PublishQueue.Entry]) throws(PubSubError) {
    try broker.publish(self, entries)
  }

  public func subscribe(_ patterns: [ChannelPattern]) throws(PubSubError) {
    try broker.subscribe(self, patterns)
  }

  public func unsubscribe(_ patterns: [ChannelPattern]) throws(PubSubError) {
    try broker.unsubscribe(self, patterns)
  }

  public func recover(
    _ requests: [EngineRecoveryRequest]
  ) throws(PubSubError) -> [Result<Recovery<EnginePublication>, PubSubError>] {
    try broker.recover(self, requests).map { .success($0) }
  }

  public func receive() throws(PubSubError) -> [EngineDriverEvent] { try broker.receive(self) }
}
