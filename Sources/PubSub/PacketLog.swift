// What has been sent lately, numbered, so that a client that comes back gets what it missed. Pure;
// owned by an app's isolate. A packet's number is the offset that Socket.IO clients remember.

import NIOCore

/// The latest packets of an app in the order of sending.
public struct PacketLog<Packet> {
  private struct Entry {
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

  public init(maxPackets: Int, maxBytes: Int, maxAge: TimeAmount) {
    self.maxPackets = maxPackets
    self.maxBytes = maxBytes
    self.maxAge = maxAge
  }

  /// The number of the oldest packet that is kept; one above ``top`` when none is.
  public var first: UInt64 { top + 1 - UInt64(entries.count) }

  /// Adds a packet, which is made with its number.
  @discardableResult
  public mutating func append(bytes: Int, now: NIODeadline, _ make: (UInt64) -> Packet) -> Packet {
    top += 1
    let packet = make(top)
    entries.append(Entry(packet: packet, bytes: bytes, time: now))
    byteCount += bytes
    trim(now: now)
    return packet
  }

  /// Whether all packets after the one numbered `offset` are kept, and that one was sent.
  public func holds(after offset: UInt64, now: NIODeadline) -> Bool {
    let expired = UInt64(entries.prefix { $0.time + maxAge <= now }.count)
    return offset <= top && offset + 1 >= first + expired
  }

  /// All packets after the one numbered `offset`, with their numbers; nil when some of them are not
  /// kept any more or the number was never given.
  public func packets(
    after offset: UInt64, now: NIODeadline
  ) -> [(number: UInt64, packet: Packet)]? {
    guard holds(after: offset, now: now) else { return nil }
    let missed = entries.suffix(Int(top - offset))
    return zip((offset + 1)..., missed).map { ($0, $1.packet) }
  }

  private mutating func trim(now: NIODeadline) {
    while let oldest = entries.first,
      entries.count > maxPackets || byteCount > maxBytes || oldest.time + maxAge <= now
    {
      byteCount -= entries.removeFirst().bytes
    }
  }
}
