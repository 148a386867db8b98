// The recovery of sockets on any node of a cluster. The nodes of an app share a log, a channel of the engine:
// all that clients may miss, and where they belong, is written there first, and done by every node when it
// reads it. All nodes read the same in the same order, so they know the same clients and number packets alike.
// This is one node's state of it, without the engine; owned by the app's isolate.

import NIOCore
import PubSub

/// One node's view of an app's recovery log.
struct SharedRecovery {
  /// A record of this node's own, with what only this node knows of it.
  struct Own {
    enum Purpose {
      case none
      /// The client is let in.
      case opens(Socket)
      /// The client subscribes with positions.
      case follows(Socket, FollowRequest)
      /// The client wants its socket back.
      case claims(Socket, auth: ByteBuffer, RecoveryClaim)
      /// It is done here already: it only tells the other nodes.
      case tells
    }

    let record: RecoveryRecord
    let purpose: Purpose
  }

  /// What waits for own records.
  enum Act {
    case one(Socket, Delivery)
    case all(Delivery)
    case broadcast(Broadcast)
    case follow(Socket, FollowRequest)
  }

  private enum Stage {
    /// What comes waits until all before it was read; nil: where the log stands is not known yet.
    case reading(LogReading?, waiting: [EnginePublication])
    /// Records were lost: the log is followed from the next one on.
    case lost
    case following
  }

  let limits: RecoveryLimits
  /// Tells this node's records from those of others.
  let author = UInt64.random(in: 1...UInt64.max)
  /// The last record that was read.
  private(set) var position = Position(epoch: Position.makeEpoch(), offset: 0)
  var log: PacketLog<SentPacket>
  var sessions = SessionDirectory()
  var own = OwnRecords<Own, Act>()
  /// The seats of this node's clients, here or away, by their secrets.
  var handles: [String: UInt64] = [:]
  /// How many of these are away.
  var parked = 0
  /// Whether the engine has been away for so long that nothing is written any more.
  var isAway = false
  /// Whether the app ends here: its clients may go on elsewhere.
  var isEnding = false
  /// Records that came since this node told of its clients.
  var sinceTold = 0
  /// The record that changes clients because a script of another node wants it, while that is done.
  var changeNumber: UInt64?
  /// Where clients were changed so, by what they have joined or left, while the other nodes are being told:
  /// what was written before is over.
  private var changed: [ChangedPlace: Int] = [:]
  private var stage = Stage.reading(nil, waiting: [])

  init(limits: RecoveryLimits) {
    self.limits = limits
    log = PacketLog(maxPackets: limits.packets, maxBytes: limits.bytes, maxAge: limits.time)
  }

  /// How much of the log is kept.
  var history: HistoryLimits { HistoryLimits(messages: limits.packets, age: age) }

  /// How long the log is kept: sessions are told of so often that each is in it, whenever its node dies.
  private var age: TimeAmount { max(limits.time * 2, .seconds(10)) }

  /// How often this node tells of its clients.
  var interval: TimeAmount { .nanoseconds(age.nanoseconds / 4) }

  /// Whether so much was written since that it is time again.
  var mustTell: Bool { sinceTold >= max(1, limits.packets / 4) && !handles.isEmpty }

  /// Whether one more client may be away.
  var hasRoom: Bool { parked < limits.sockets }

  /// Whether the log has been read up to where it stood when this node came.
  var isFollowing: Bool {
    if case .following = stage { true } else { false }
  }

  /// Whether this node has read what a client has, who was at that position of the log.
  func hasRead(_ place: Position?) -> Bool {
    guard isFollowing, let place else { return isFollowing }
    return place.epoch != position.epoch || place.offset <= position.offset
  }

  // MARK: Reading

  /// The engine brings what is after `top`.
  /// - Returns: the position after which to read; nil when there is nothing to be read.
  mutating func begin(at top: Position) -> Position? {
    guard case .reading(nil, let waiting) = stage else { return nil }
    let reading = LogReading(top: top)
    stage = .reading(reading, waiting: waiting)
    return reading.next.map { Position(epoch: top.epoch, offset: $0) }
  }

  /// Takes a part of the log.
  /// - Parameter recovery: nil when it cannot be read.
  /// - Returns: the position after which to read next; nil when ``follow(now:)`` is next.
  mutating func read(_ recovery: Recovery<EnginePublication>?) -> Position? {
    guard case .reading(var reading?, let waiting) = stage, let recovery else { return nil }
    reading.read(recovery)
    stage = .reading(reading, waiting: waiting)
    return reading.next.map { Position(epoch: reading.top.epoch, offset: $0) }
  }

  /// Follows the log from now on.
  /// - Returns: what was read, and what has come meanwhile; nil when that was done already.
  mutating func follow(now: NIODeadline) -> (read: [EnginePublication], new: [EnginePublication])? {
    guard case .reading(let reading?, let waiting) = stage else { return nil }
    stage = .following
    begin(after: Position(epoch: reading.top.epoch, offset: reading.after), now: now)
    let new = waiting.filter { $0.position.map { $0.offset > reading.top.offset } ?? false }
    return (reading.records, new)
  }

  /// A record has come.
  enum Arrival {
    /// It is the next one.
    case next
    /// It is the first after some were lost; the position before it is given.
    case afterLoss(Position)
    /// It is of another log: the one that was followed is lost.
    case ofAnother
    /// It has to wait.
    case waits
  }

  /// What to do with a record.
  mutating func admit(_ publication: EnginePublication, at place: Position) -> Arrival {
    switch stage {
    case .reading(let reading, var waiting):
      waiting.append(publication)
      // Where so much comes meanwhile, nothing of what was before would be kept.
      stage = waiting.count > limits.packets ? .lost : .reading(reading, waiting: waiting)
      return .waits
    case .following: return place.epoch == position.epoch ? .next : .ofAnother
    case .lost:
      stage = .following
      return .afterLoss(Position(epoch: place.epoch, offset: place.offset - min(1, place.offset)))
    }
  }

  /// Records were lost.
  mutating func lose() {
    if isFollowing { stage = .lost }
  }

  /// Nothing before `place` is known any more, but this node's own clients.
  mutating func begin(after place: Position, now: NIODeadline) {
    position = place
    log.begin(after: place.offset)
    let (author, handles) = (author, handles)
    sessions.begin(after: place.offset, now: now) {
      $0.owner == author && handles[$0.pid] != nil
    }
  }

  /// The record at this position is done next.
  mutating func advance(to place: Position) {
    position = place
    log.advance(to: place.offset)
  }

  /// What a packet is numbered with that is not in the log: the last record's number, so that it is not
  /// taken for one itself. While the engine is away it is a number that no record has: whoever has got such a
  /// packet cannot come back to its socket elsewhere as if nothing had been missed.
  var unkeptNumber: Position {
    isAway ? Position(epoch: position.epoch, offset: .max) : position
  }

  // MARK: Writing

  /// Puts a record in the line of this node's own.
  /// - Returns: what is to be written, and how much of the log is kept.
  mutating func write(_ own: Own) -> (SignedRecord, HistoryLimits) {
    let serial = self.own.write(own)
    return (SignedRecord(author: author, serial: serial, record: own.record), history)
  }

  // MARK: Changes by other nodes

  private struct ChangedPlace: Hashable {
    let pid: String
    let topic: String
  }

  /// A client has joined or left topics because of another node; the others are told by `move`.
  mutating func beganTelling(_ move: SessionMove) {
    for topic in move.joins + move.leaves {
      changed[ChangedPlace(pid: move.pid, topic: topic), default: 0] += 1
    }
  }

  /// They know it.
  mutating func endedTelling(_ move: SessionMove) {
    for topic in move.joins + move.leaves {
      let place = ChangedPlace(pid: move.pid, topic: topic)
      let left = changed[place, default: 1] - 1
      changed[place] = left > 0 ? left : nil
    }
  }

  /// Whether a move that was written before something was changed by another node is over.
  func isOver(_ topic: String, of pid: String) -> Bool {
    !changed.isEmpty && changed[ChangedPlace(pid: pid, topic: topic)] != nil
  }

  // MARK: Telling

  /// This node's clients, in parts that are no large records.
  func tellings() -> [[RecoverableSession]] {
    let moves = unreadMoves
    var parts: [[RecoverableSession]] = []
    var size = Self.largePart
    for pid in handles.keys {
      guard let session = sessions[pid], session.owner == author else { continue }
      if size >= Self.largePart {
        parts.append([])
        size = 0
      }
      let told = moves[pid].map(session.anticipating) ?? session
      parts[parts.count - 1].append(told)
      size += told.size
    }
    return parts
  }

  private static let largePart = 64 << 10

  /// What this node has written of its clients' moves and not read.
  private var unreadMoves: [String: [SessionMove]] {
    var moves: [String: [SessionMove]] = [:]
    for own in own.written {
      if case .moved(let move) = own.record { moves[move.pid, default: []].append(move) }
    }
    return moves
  }

  /// Forgets the clients of nodes that have not told of them for long.
  mutating func sweep(now: NIODeadline) {
    let (author, handles) = (author, handles)
    sessions.sweep(olderThan: age, now: now) { $0.owner == author && handles[$0.pid] != nil }
  }
}

/// What a client asks for that subscribes with positions.
struct FollowRequest {
  let channel: String
  /// The channel as the client named it.
  let name: String
  let ack: Int?
  let since: Position?
}
