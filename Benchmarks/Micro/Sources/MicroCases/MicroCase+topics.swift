// The members of topics: joining, leaving, and visiting all of a topic's members.

import PubSub

extension MicroCase {
  static let topics = [
    joining("topics/join and leave among 100", members: 100),
    joining("topics/join and leave among 10,000", members: 10_000),
    visiting("topics/fan-out to 100", members: 100, repetitions: 1000),
    visiting("topics/fan-out to 10,000", members: 10_000, repetitions: 50),
    choosing("topics/one member of one of 10 topics", topics: 10),
    choosing("topics/one member of one of 100,000 topics", topics: 100_000),
  ]

  private static func joining(_ name: String, members: Int) -> MicroCase {
    MicroCase(name, result: 2) {
      let table = TopicTable<Listener>()
      let crowd = (0..<members).map { _ in Listener() }
      for listener in crowd { table.join(listener, to: "room") }
      let guest = Listener()
      return {
        (table.join(guest, to: "room") ? 1 : 0) + (table.leave(guest, from: "room") ? 1 : 0)
      }
    }
  }

  private static func visiting(_ name: String, members: Int, repetitions: Int) -> MicroCase {
    MicroCase(name, result: members, repetitions: repetitions) {
      let table = TopicTable<Listener>()
      for _ in 0..<members { table.join(Listener(), to: "room") }
      return {
        var visited = 0
        table.forEachMember(of: "room") { visited += $0.weight }
        return visited
      }
    }
  }

  /// Publications on topics in turn: what it costs to find one among many.
  private static func choosing(_ name: String, topics: Int) -> MicroCase {
    MicroCase(name, result: 1) {
      let table = TopicTable<Listener>()
      let names = (0..<topics).map { "channel:\($0)" }
      for name in names { table.join(Listener(), to: name) }
      var turn = 0
      return {
        turn = (turn + 7919) % topics
        var visited = 0
        table.forEachMember(of: names[turn]) { visited += $0.weight }
        return visited
      }
    }
  }
}

private final class Listener: TopicMember {
  var memberships = TopicMemberships<Listener>()
  var weight = 1
}
