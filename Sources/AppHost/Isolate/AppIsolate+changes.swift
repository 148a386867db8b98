// What a script of another node changes about this one's clients, where clients can come back to every node: it
// takes place at its place in the recovery log, in order with what is sent before and behind it. The other nodes
// are told of each client's move by the node that has it.

import LuaRuntime
import PubSub

extension AppIsolate {
  /// Changes clients as a script of another node wants it, at its place in the log: what that sends them next
  /// is behind it.
  func change(_ change: ClusterChange, at number: UInt64) {
    // What an earlier record has set off is none of it.
    performCommands()
    shared?.changeNumber = number
    self.change(change)
    shared?.changeNumber = nil
  }

  /// A client was changed on the node that had it then, and is here since.
  func followChange(_ move: SessionMove) {
    guard let session = shared?.sessions[move.pid], session.owner == shared?.author else { return }
    let changes = move.joins.map { (LuaChange.join, $0) } + move.leaves.map { (.leave, $0) }
    for (change, topic) in changes {
      guard let room = Topic.room(of: topic, in: session.namespace) else { continue }
      self.change(
        ClusterChange(
          node: 0, change: change, namespace: session.namespace, rooms: [session.id], spared: [],
          room: room), at: move.since)
    }
  }

  /// Moves a client because of another node's record, and tells the other nodes.
  func changeAtOnce(_ delivery: Delivery, _ socket: Socket, at number: UInt64) {
    deliveries.append(delivery, to: socket.session.context)
    guard let pid = socket.seat.pid else { return }
    var move = SessionMove(pid: pid, since: number)
    switch delivery {
    case .join(_, let topic): move.joins = [topic]
    case .leave(_, let topic): move.leaves = [topic]
    default: return
    }
    shared?.beganTelling(move)
    write(.moved(move), .tells)
  }
}
