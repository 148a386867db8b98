// What scripts of one node want of the clients and scripts of others, as bytes.

import LuaRuntime
import NIOCore
import PubSub

/// What a script of one node changes about the clients of others.
struct ClusterChange: Equatable {
  /// The node whose clients are changed already.
  let node: UInt64
  let change: LuaChange
  let namespace: String
  /// Empty: everybody. The id of a socket is a room, too.
  let rooms: [String]
  let spared: [String]
  /// What they join or leave; empty for other changes.
  let room: String
}

extension ClusterChange {
  func write(to buffer: inout ByteBuffer) {
    buffer.writeInteger(node)
    buffer.writeInteger(change.rawValue)
    buffer.writeText(namespace)
    buffer.writeList(rooms) { $0.writeText($1) }
    buffer.writeList(spared) { $0.writeText($1) }
    buffer.writeText(room)
  }

  init?(_ bytes: inout ByteBuffer) {
    guard let node = bytes.readInteger(as: UInt64.self),
      let change = bytes.readInteger(as: UInt8.self).flatMap(LuaChange.init),
      let namespace = bytes.readText(), let rooms = bytes.readList({ $0.readText() }),
      let spared = bytes.readList({ $0.readText() }), let room = bytes.readText()
    else { return nil }
    self.init(
      node: node, change: change, namespace: namespace, rooms: rooms, spared: spared, room: room)
  }
}

extension LuaQuestion {
  /// What the body of a request holds.
  var bytes: ByteBuffer {
    var buffer = ByteBuffer()
    buffer.writeInteger(kind.rawValue)
    buffer.writeText(namespace)
    buffer.writeList(rooms) { $0.writeText($1) }
    buffer.writeList(spared) { $0.writeText($1) }
    buffer.writeInteger(milliseconds)
    buffer.writeInteger(isVolatile ? 1 as UInt8 : 0)
    buffer.writeBlob(ByteBuffer(bytes: event))
    buffer.writeList(attachments) { $0.writeBlob(ByteBuffer(bytes: $1)) }
    return buffer
  }

  /// Reads the body of a request; nil when it is something else.
  init?(_ bytes: ByteBuffer) {
    var bytes = bytes
    guard let kind = bytes.readInteger(as: UInt8.self).flatMap(Kind.init),
      let namespace = bytes.readText(), let rooms = bytes.readList({ $0.readText() }),
      let spared = bytes.readList({ $0.readText() }),
      let milliseconds = bytes.readInteger(as: UInt64.self), milliseconds <= Self.longest,
      let flags = bytes.readInteger(as: UInt8.self), let event = bytes.readBlob(),
      let attachments = bytes.readList({ $0.readBlob() }), bytes.readableBytes == 0
    else { return nil }
    self.init(
      kind: kind, namespace: namespace, rooms: rooms, spared: spared,
      duration: .milliseconds(Int64(milliseconds)), isVolatile: flags & 1 == 1,
      event: Array(event.readableBytesView),
      attachments: attachments.map { Array($0.readableBytesView) })
  }

  /// The longest that a script may wait, in milliseconds.
  private static var longest: UInt64 { 1_000_000_000_000 }

  private var milliseconds: UInt64 {
    UInt64(max(0, duration.components.seconds)) * 1_000
      + UInt64(max(0, duration.components.attoseconds)) / 1_000_000_000_000_000
  }
}

/// What a part of an answer holds.
struct AnswerBody: Equatable {
  /// JSON text.
  let text: ByteBuffer
  let attachments: [ByteBuffer]
}

extension AnswerBody {
  var bytes: ByteBuffer {
    var buffer = ByteBuffer()
    buffer.writeBlob(text)
    buffer.writeList(attachments) { $0.writeBlob($1) }
    return buffer
  }

  init?(_ bytes: ByteBuffer) {
    var bytes = bytes
    guard let text = bytes.readBlob(), let attachments = bytes.readList({ $0.readBlob() }),
      bytes.readableBytes == 0
    else { return nil }
    self.init(text: text, attachments: attachments)
  }
}
