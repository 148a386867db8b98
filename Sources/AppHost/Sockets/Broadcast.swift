// An event for many, as a script asked for it on this node or on another one.

import LuaRuntime
import NIOCore
import RealtimeProtocol

/// A packet for the sockets in some rooms of a namespace.
struct Broadcast {
  let namespace: String
  /// Empty: everybody. The id of a socket is a room, too.
  let rooms: [String]
  /// Who is in one of these does not get it.
  let spared: [String]
  /// The id of the socket that is left out; empty: none.
  let sender: String
  let packet: Outbound

  init(_ command: LuaCommand, sender: String) {
    namespace = command.namespace
    rooms = command.rooms.map { String(decoding: $0, as: UTF8.self) }
    spared = command.exceptRooms.map { String(decoding: $0, as: UTF8.self) }
    self.sender = sender
    packet = Outbound(event: command, in: namespace)
  }

  /// What another node told.
  init(_ message: ClusterBroadcast) {
    namespace = message.namespace
    rooms = message.rooms
    spared = message.spared
    sender = message.sender
    packet = Outbound(message)
  }

  /// What the other nodes are told.
  func message(from node: UInt64) -> ClusterBroadcast {
    ClusterBroadcast(
      node: node, namespace: namespace, rooms: rooms, spared: spared, sender: sender,
      isVolatile: packet.isVolatile, key: packet.key ?? [], event: packet.json,
      attachments: packet.attachments.map(\.packet))
  }
}

extension ClusterBroadcast {
  /// The topics whose members it is for.
  var topics: [String] {
    rooms.isEmpty ? [Topic.everyone(in: namespace)] : rooms.flatMap(topics)
  }

  /// The topics whose members do not get it.
  var excluded: [String] {
    spared.flatMap(topics) + (sender.isEmpty ? [] : [Topic.socket(sender, in: namespace)])
  }

  /// The id of a socket is a room, too.
  private func topics(of room: String) -> [String] {
    [Topic.room(room, in: namespace), Topic.socket(room, in: namespace)]
  }
}
