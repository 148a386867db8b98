// The publications of one node on their way to an engine: those that wait, and those that were sent and
// are not confirmed. What was not confirmed when the link broke is sent again, first and under the same
// origin. Pure: times come in as numbers; the engine's thread owns it or guards it by a lock.

import NIOCore

/// What waits for an engine, in order.
public struct PublishQueue: Sendable {
  /// A publication that waits.
  public struct Entry: Sendable {
    public let channel: String
    /// As the engine carries it.
    public let bytes: ByteBuffer
    public let limits: HistoryLimits?
    public let origin: EngineOrigin
    public let deadline: NIODeadline
    public let done: @Sendable (Result<Position?, PubSubError>) -> Void
  }

  private let limits: EngineLimits
  private let node: UInt64
  private var serial: UInt64 = 0
  private var waiting = CircularBuffer<Entry>()
  private var sent = CircularBuffer<Entry>()
  /// The bytes of all that waits or is not confirmed.
  public private(set) var byteCount = 0

  /// - Parameter node: the random number of this link.
  public init(node: UInt64, limits: EngineLimits) {
    self.node = node
    self.limits = limits
  }

  /// How many publications wait or are not confirmed.
  public var count: Int { waiting.count + sent.count }

  public var isWaiting: Bool { !waiting.isEmpty }

  /// Adds a publication.
  /// - Returns: the name that it goes by.
  /// - Throws: when it is too large, or too much waits already; `done` is not called then.
  @discardableResult
  public mutating func append(
    _ message: ByteBuffer, on channel: String, keeping history: HistoryLimits?, now: NIODeadline,
    done: @escaping @Sendable (Result<Position?, PubSubError>) -> Void
  ) throws(PubSubError) -> EngineOrigin {
    let size = message.readableBytes + EnginePublication.headerSize
    guard size <= limits.messageBytes else {
      throw PubSubError(
        .tooLarge, "a message of \(size) bytes is larger than \(limits.messageBytes)")
    }
    guard count < limits.waitingMessages, byteCount + size <= limits.waitingBytes else {
      throw PubSubError(
        .overdue, "\(count) publications (\(byteCount) bytes) wait for the engine already")
    }
    serial += 1
    let origin = EngineOrigin(node: node, serial: serial)
    waiting.append(
      Entry(
        channel: channel, bytes: EnginePublication.encode(message, from: origin), limits: history,
        origin: origin, deadline: now + limits.patience, done: done))
    byteCount += size
    return origin
  }

  /// Takes what is to be sent now, at most so many; each counts as sent.
  public mutating func take(_ most: Int) -> [Entry] {
    let entries = Array(waiting.prefix(most))
    waiting.removeFirst(entries.count)
    sent.append(contentsOf: entries)
    return entries
  }

  /// The engine has answered the oldest publication that was sent.
  /// - Returns: that one, whose `done` is to be called; nil when none was sent.
  public mutating func confirmed() -> Entry? {
    guard let entry = sent.popFirst() else { return nil }
    byteCount -= entry.bytes.readableBytes
    return entry
  }

  /// The link broke: what was not confirmed is to be sent again, before all that waits.
  public mutating func linkLost() {
    for entry in sent.reversed() { waiting.prepend(entry) }
    sent.removeAll()
  }

  /// Gives up what has waited too long and was not sent.
  /// - Returns: those, whose `done` is to be called.
  public mutating func expire(now: NIODeadline) -> [Entry] {
    var expired: [Entry] = []
    while let first = waiting.first, first.deadline <= now {
      waiting.removeFirst()
      byteCount -= first.bytes.readableBytes
      expired.append(first)
    }
    return expired
  }

  /// Gives up all.
  public mutating func removeAll() -> [Entry] {
    linkLost()
    defer {
      waiting.removeAll()
      byteCount = 0
    }
    return Array(waiting)
  }
}
