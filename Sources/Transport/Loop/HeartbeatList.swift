// Sessions in the order of their next heartbeat deadline. All sessions of a server share one
// interval and one timeout, so a session whose deadline changes always goes to the end: a linked
// list does what a heap would, in constant time, and one timer serves a whole event loop.

import NIOCore

/// Where a session stands in a `HeartbeatList`.
struct HeartbeatLinks {
  fileprivate var list: HeartbeatList?
  fileprivate var next: (any HeartbeatMember)?
  /// `unowned(unsafe)` because a session leaves the list before it goes.
  fileprivate unowned(unsafe) var previous: (any HeartbeatMember)?

  /// Takes `member`, whose links these are, out of its list.
  static func remove(_ member: any HeartbeatMember) { member.heartbeatLinks.list?.remove(member) }
}

/// A queue of sessions from which any can be taken. Isolated to its event loop.
final class HeartbeatList {
  private(set) var first: (any HeartbeatMember)?
  private var last: (any HeartbeatMember)?

  /// Adds a session that is in no list.
  func append(_ member: any HeartbeatMember) {
    member.heartbeatLinks = HeartbeatLinks(list: self, next: nil, previous: last)
    if let last { last.heartbeatLinks.next = member } else { first = member }
    last = member
  }

  fileprivate func remove(_ member: any HeartbeatMember) {
    let links = member.heartbeatLinks
    member.heartbeatLinks = HeartbeatLinks()
    if let previous = links.previous {
      previous.heartbeatLinks.next = links.next
    } else {
      first = links.next
    }
    if let next = links.next {
      next.heartbeatLinks.previous = links.previous
    } else {
      last = links.previous
    }
  }

  /// Every session in it, in order.
  var all: [any HeartbeatMember] {
    first.map { Array(sequence(first: $0) { $0.heartbeatLinks.next }) } ?? []
  }
}
