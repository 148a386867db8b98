// What has been sent lately, numbered, so that a client that comes back gets what it missed. Pure;
// owned by an app's isolate. A packet's number is the offset that Socket.IO clients remember: counted
// here on a node that is alone, given by the engine where several share a log.

import NIOCore

/// The latest packets of an app in the order of sending.
public struct PacketLog<Packet> {
  private struct Entry {
    let number: UInt64
    let packet: Packet
    let bytes: Int
    let time: NIODeadline
  }

  private let maxPackets: Int
  private let maxBytes: Int
  private let maxAge: TimeAmount
  private var entries = CircularBuffer<Entry>(initialCapacity: 0)
  private var byteCount = 0
  /// The number of the last packet; 0 before the first.
  public private(set) var top: UInt64 = 0
  /// All packets above this number are kept.
  private var floor: UInt64 = 0

  public init(maxPackets: Int, maxBytes: Int, maxAge: TimeAmount) {
    self.maxPackets = maxPackets
    self.maxBytes = maxBytes
    self.maxAge = maxAge
  }

  /// All packets from this number on are kept.
  public var first: UInt64 { floor + 1 }

  /// Forgets all; nothing is known of packets up to `number`.
  public mutating func begin(after number: UInt64) {
    entries.removeAll()
    byteCount = 0
    floor = number
    top = number
  }

  /// No packet has one of the numbers up to this one that was not given yet.
  public mutating func advance(to number: UInt64) {
    top = max(top, number)
  }

  /// Adds a packet, which is made with its number: the next one.
  @discardableResult
  public mutating func append(bytes: Int, now: NIODeadline, _ make: (UInt64) -> Packet) -> Packet {
    let packet = make(top + 1)
    append(packet, at: top + 1, bytes: bytes, now: now)
    return packet
  }

  /// Adds a packet that has its number, which is above all others.
  public mutating func append(_ packet: Packet, at number: UInt64, bytes: Int, now: NIODeadline) {
    top = number
    entries.append(Entry(number: number, packet: packet, bytes: bytes, time: now))
    byteCount += bytes
    trim(now: now)
  }

  /// Whether all packets after the one numbered `offset` are kept, and that one was sent.
  public func holds(after offset: UInt64, now: NIODeadline) -> Bool {
    let expired = entries.prefix { $0.time + maxAge <= now }.last?.number ?? floor
    return offset <= top && offset >= expired
  }

  /// All packets after the one numbered `offset`, with their numbers; nil when some of them are not
  /// kept any more or the number was never given.
  public func packets(
    after offset: UInt64, now: NIODeadline
  ) -> [(number: UInt64, packet: Packet)]? {
    guard holds(after: offset, now: now) else { return nil }
    let missed = entries.suffix(entries.countAtEnd { $0.number > offset })
    return missed.map { ($0.number, $0.packet) }
  }

  private mutating func trim(now: NIODeadline) {
    while let oldest = entries.first,
      entries.count > maxPackets || byteCount > maxBytes || oldest.time + maxAge <= now
    {
      floor = oldest.number
      byteCount -= entries.removeFirst().bytes
    }
  }
}
