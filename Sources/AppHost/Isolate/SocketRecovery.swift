// What makes it possible to come back to a socket: the packets sent lately, and the secrets by which
// clients are known. Belongs to an isolate; only when the host's settings turn recovery on.

import NIOCore
import PubSub

/// For how long, and how much.
struct RecoveryLimits: Sendable {
  /// How long a client may be away.
  let time: TimeAmount
  /// How many packets of an app are kept.
  let packets: Int
  /// How large they may be together.
  let bytes: Int
  /// How many clients of an app may be away at a time.
  let sockets: Int
}

/// A packet that was sent, and to whom.
struct SentPacket: Sendable {
  let packet: Outbound
  let topics: [String]
  let excluded: [String]
  /// The topic whose members get a publication without its position.
  let withoutPosition: String?

  /// The packet as a socket got it, or should have; nil if it was for others.
  /// - Parameter number: the packet's.
  func received(by membership: Membership, number: UInt64) -> Outbound? {
    guard
      let topic = topics.first(where: { membership.held($0, at: number) }),
      !excluded.contains(where: { membership.held($0, at: number) })
    else { return nil }
    guard let publication = packet.publication, topic != withoutPosition else { return packet }
    return packet.positioned(publication)
  }
}

/// The recovery of one app's sockets.
struct SocketRecovery {
  let limits: RecoveryLimits
  /// Tells this log's numbers from those of another process or another life of the app.
  private(set) var epoch = Position.makeEpoch()
  var log: PacketLog<SentPacket>
  /// The seats that a pid leads to, of clients that are here and of those that are away.
  private var handles: [String: UInt64] = [:]
  private(set) var parked = 0

  init(limits: RecoveryLimits) {
    self.limits = limits
    log = PacketLog(maxPackets: limits.packets, maxBytes: limits.bytes, maxAge: limits.time)
  }

  /// Whether one more client may be away.
  var hasRoom: Bool { parked < limits.sockets }

  /// The number of the last packet, as clients are told it.
  var top: Position { Position(epoch: epoch, offset: log.top) }

  func handle(pid: String) -> UInt64? { handles[pid] }

  mutating func remember(_ pid: String, handle: UInt64) { handles[pid] = handle }

  mutating func parks() { parked += 1 }

  mutating func returns() { parked -= 1 }

  mutating func forget(_ seat: IsolateSeat) {
    if let pid = seat.pid { handles[pid] = nil }
    if seat.isParked { parked -= 1 }
  }

  /// No client can come back any more.
  mutating func forgetAll() {
    handles = [:]
    parked = 0
    epoch = Position.makeEpoch()
    log = PacketLog(maxPackets: limits.packets, maxBytes: limits.bytes, maxAge: limits.time)
  }
}
