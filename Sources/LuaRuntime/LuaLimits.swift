/// The bounds of one app's Lua state. Going over one is a clear error for the script that did it;
/// the host and its other apps notice nothing.
public struct LuaLimits: Sendable, Equatable {
  /// Bytes that the state may hold: code, tables, strings, suspended handlers.
  public var memoryBytes: Int
  /// Processor time that one event, timer, or continued handler may use without suspending; four times
  /// that by the clock.
  public var eventTime: Duration
  /// Processor time that loading a generation may use; four times that by the clock.
  public var loadTime: Duration
  /// Lua instructions that one event may execute, to the nearest hundred; 0 sets no bound.
  public var eventInstructions: Int
  /// Bytes that one run may put into the outbox.
  public var outboxBytes: Int
  /// Handlers that may be waiting at once: for a sleep, an ack, a message, the client of a stream.
  public var suspendedHandlers: Int
  /// Timers that may be set at once.
  public var timers: Int
  /// Nesting of arrays and objects in JSON, in both directions.
  public var jsonDepth: Int
  /// Clients that may be tracked at once, counted by channel.
  public var presenceEntries: Int
  /// Bytes of the meta of each, as JSON text.
  public var presenceMetaBytes: Int

  public init(
    memoryBytes: Int = 64 << 20, eventTime: Duration = .milliseconds(100),
    loadTime: Duration = .seconds(2), eventInstructions: Int = 0, outboxBytes: Int = 16 << 20,
    suspendedHandlers: Int = 10_000, timers: Int = 1_000, jsonDepth: Int = 64,
    presenceEntries: Int = 100_000, presenceMetaBytes: Int = 4_096
  ) {
    self.memoryBytes = memoryBytes
    self.eventTime = eventTime
    self.loadTime = loadTime
    self.eventInstructions = eventInstructions
    self.outboxBytes = outboxBytes
    self.suspendedHandlers = suspendedHandlers
    self.timers = timers
    self.jsonDepth = jsonDepth
    self.presenceEntries = presenceEntries
    self.presenceMetaBytes = presenceMetaBytes
  }
}
