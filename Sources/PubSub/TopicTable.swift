// The members of every topic on one event loop.
//
// Each event loop owns one table; a publication visits the table of every loop. Joining, leaving
// and removing a member are O(1) in the number of a topic's members; a topic without members takes
// no memory. A table is never touched from another thread than its loop's. All is inlinable, so that
// the module of the members gets code for its own type.

/// One who receives what is published on topics.
///
/// A member lives on one event loop and belongs to at most one ``TopicTable``.
public protocol TopicMember: AnyObject {
  /// Where this member stands in its topics. Only ``TopicTable`` writes it.
  var memberships: TopicMemberships<Self> { get set }
}

/// The places of one member in the topics it belongs to.
public struct TopicMemberships<Member: TopicMember> {
  @usableFromInline
  struct Seat {
    @usableFromInline let topic: TopicTable<Member>.Topic
    @usableFromInline var index: Int

    @usableFromInline
    init(topic: TopicTable<Member>.Topic, index: Int) {
      self.topic = topic
      self.index = index
    }
  }

  @usableFromInline var seats = ShortList<Seat>()

  public init() {}

  /// The names of the topics, in the order of joining unless some were left.
  public var topics: [String] { seats.map(\.topic.name) }
}

/// Topics and their members, isolated to one event loop.
public final class TopicTable<Member: TopicMember> {
  @usableFromInline
  final class Topic {
    @usableFromInline let name: String
    @usableFromInline var members = ShortList<Member>()

    @usableFromInline
    init(name: String) { self.name = name }

    /// Looks where there is less to look through.
    @inlinable
    func has(_ member: Member) -> Bool {
      members.count < member.memberships.seats.count
        ? members.contains { $0 === member }
        : member.memberships.seats.contains { $0.topic === self }
    }
  }

  @usableFromInline var topics: [String: Topic] = [:]

  public init() {}

  /// How many topics have at least one member here.
  public var count: Int { topics.count }

  /// How many members `topic` has here.
  public func memberCount(of topic: String) -> Int { topics[topic]?.members.count ?? 0 }

  /// Whether `member` is in `topic`.
  public func has(_ member: Member, in topic: String) -> Bool {
    topics[topic].map { $0.has(member) } ?? false
  }

  /// Adds `member` to `topic`.
  /// - Returns: false if it was there already.
  @discardableResult
  @inlinable
  public func join(_ member: Member, to name: String) -> Bool {
    let topic = topics[name] ?? makeTopic(name)
    guard !topic.has(member) else { return false }
    member.memberships.seats.append(.init(topic: topic, index: topic.members.count))
    topic.members.append(member)
    return true
  }

  /// Removes `member` from `topic`.
  /// - Returns: false if it was not there.
  @discardableResult
  @inlinable
  public func leave(_ member: Member, from name: String) -> Bool {
    guard let topic = topics[name],
      let seat = member.memberships.seats.firstIndex(where: { $0.topic === topic })
    else { return false }
    vacate(member.memberships.seats.remove(at: seat))
    return true
  }

  /// Removes `member` from all its topics.
  @inlinable
  public func leaveAll(_ member: Member) {
    let seats = member.memberships.seats
    member.memberships.seats = ShortList()
    for seat in seats { vacate(seat) }
  }

  /// Calls `body` with every member of `topic`, in no promised order.
  ///
  /// `body` may join and leave topics: those are visited who were in the topic at first.
  @inlinable
  public func forEachMember(of name: String, _ body: (Member) -> Void) {
    guard let members = topics[name]?.members else { return }
    members.visit(body)
  }

  /// Calls `body` once with every member that is in at least one of `names` and in none of
  /// `excluded`, however many of the topics it belongs to.
  @inlinable
  public func forEachMember(
    ofAny names: [String], except excluded: [String], _ body: (Member) -> Void
  ) {
    if names.count == 1, excluded.isEmpty { return forEachMember(of: names[0], body) }
    var seen = Set<ObjectIdentifier>()
    for name in excluded {
      forEachMember(of: name) { seen.insert(ObjectIdentifier($0)) }
    }
    for name in names {
      forEachMember(of: name) { if seen.insert(ObjectIdentifier($0)).inserted { body($0) } }
    }
  }

  @inlinable
  func makeTopic(_ name: String) -> Topic {
    let topic = Topic(name: name)
    topics[name] = topic
    return topic
  }

  /// Fills the vacated place with the topic's last member, so that removal never shifts others.
  @inlinable
  func vacate(_ seat: TopicMemberships<Member>.Seat) {
    let topic = seat.topic
    let last = topic.members.removeLast()
    if seat.index < topic.members.count {
      topic.members[seat.index] = last
      if let moved = last.memberships.seats.firstIndex(where: { $0.topic === topic }) {
        last.memberships.seats[moved].index = seat.index
      }
    }
    if topic.members.isEmpty { topics[topic.name] = nil }
  }
}
