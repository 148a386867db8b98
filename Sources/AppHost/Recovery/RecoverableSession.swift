// A client as all nodes of a cluster know it that may come back to any of them: what its socket is called,
// where it belongs, and who has it. Pure; the same on every node that has applied the same records.

import NIOCore

/// A client whose socket can be recovered on any node.
struct RecoverableSession: Equatable {
  /// The secret by which the client can come back.
  let pid: String
  /// The client's `socket.id`.
  let id: String
  let namespace: String
  /// The author of records at whose node the client is.
  var owner: UInt64
  /// The record by which the owner got it; 0: the one that tells of the session first.
  var ownedSince: UInt64 = 0
  /// The last record before it was let in; 0: the one that tells of the session first.
  var begins: UInt64 = 0
  /// A client whose last packet was before this one cannot know what it has missed.
  var floor: UInt64 = 0
  /// The same, until it is known that the client has caught up on a channel; 0: it has.
  var catchUp: UInt64 = 0
  var membership: Membership

  /// Whether what the log has after `offset` is all that the client missed. The changes of a model are told
  /// on its own node alone.
  func isRecoverable(after offset: UInt64) -> Bool {
    offset >= max(floor, catchUp) && !followsModel
  }

  private var followsModel: Bool {
    membership.stays.contains { $0.to == nil && Topic.followsModel($0.topic) }
  }

  /// The record that tells of it first has this number.
  mutating func settle(at number: UInt64) {
    if ownedSince == 0 { ownedSince = number }
    if begins == 0 { begins = number }
    if floor == Self.unsettled { floor = number }
    membership.settle(at: number)
  }

  /// The floor of one whose floor is the record that tells of it.
  private static let unsettled = UInt64.max

  /// As it will be behind moves that its owner has written and not read. Whoever knows nothing of it before
  /// the record that tells of it knows none of them, nor when they were.
  func anticipating(_ moves: [SessionMove]) -> RecoverableSession {
    var topics = Membership(stays: membership.topics.map { Membership.Stay(topic: $0, from: 0) })
    for move in moves {
      for topic in move.leaves { topics.leave(topic, after: 0, first: 0) }
      for topic in move.joins { topics.join(topic, after: 0) }
    }
    var session = self
    session.membership = topics
    session.catchUp = 0
    session.floor = Self.unsettled
    return session
  }

  /// It belongs elsewhere from record `number` on.
  /// - Parameter first: the oldest packet that is kept.
  mutating func move(_ move: SessionMove, at number: UInt64, first: UInt64) {
    let followedModel = followsModel
    for topic in move.leaves { membership.leave(topic, after: number, first: first) }
    for topic in move.joins { membership.join(topic, after: number) }
    if followedModel && !followsModel { floor = number }
    switch move.catchUp {
    case .none: break
    case .begins: catchUp = number
    case .ended(let begun): if catchUp == begun { catchUp = 0 }
    }
  }

  /// As if it were let in at record `number`: of what was before nothing is known.
  mutating func begin(after number: UInt64) {
    // Whoever has claimed it meanwhile has it.
    ownedSince = 1
    begins = number
    floor = number == .max ? number : number + 1
    catchUp = 0
    let stays = membership.topics.map { Membership.Stay(topic: $0, from: number) }
    membership = Membership(stays: stays)
  }

  /// What it takes in a record, about.
  var size: Int {
    membership.stays.reduce(100 + namespace.utf8.count) { $0 + $1.topic.utf8.count + 20 }
  }
}

/// Where a client belongs from a record on.
struct SessionMove: Equatable {
  /// What a client is sent that subscribes with a position, and that is in no record.
  enum CatchUp: Equatable {
    case none
    /// It follows this record; until the client has got it, only its positions tell what it has.
    case begins
    /// There was nothing to catch up on at the record of this number.
    case ended(UInt64)
  }

  let pid: String
  var joins: [String] = []
  var leaves: [String] = []
  var catchUp = CatchUp.none
  /// The record of another node at which it took place already; 0: it takes place where it is itself.
  var since: UInt64 = 0
}
