import CLua

/// Events and acks for one socket, one behind the other in the outbox, that want nothing but to be sent.
/// Valid as long as the outbox is.
public struct LuaPackets {
  private let commands: UnsafePointer<pg_command>
  private let text: UnsafePointer<UInt8>
  public let count: Int
  /// What all bodies take together.
  public let byteCount: Int

  public var socket: UInt64 { commands.pointee.socket }

  /// Whether the packet at `index` is an ack; an event otherwise.
  public func isAck(at index: Int) -> Bool { commands[index].kind == LuaCommand.Kind.ack.rawValue }

  /// The id of the ack that it is, or asks for; nil for none.
  public func id(at index: Int) -> Int? {
    commands[index].number < 0 ? nil : Int(commands[index].number)
  }

  /// The array of its arguments as JSON text.
  public func body(at index: Int) -> UnsafeRawBufferPointer {
    let span = commands[index].body
    return UnsafeRawBufferPointer(start: text + Int(span.offset), count: Int(span.length))
  }
}

extension LuaPackets {
  /// nil if the outbox holds something else at `index`.
  fileprivate init?(_ view: pg_outbox_view, from index: Int) {
    guard let commands = view.commands, let text = view.text, commands[index].isPlainPacket else {
      return nil
    }
    self.commands = commands + index
    self.text = text
    var end = index
    var bytes = 0
    while end < view.count, commands[end].isPlainPacket,
      commands[end].socket == commands[index].socket
    {
      bytes += Int(commands[end].body.length)
      end += 1
    }
    count = end - index
    byteCount = bytes
  }
}

extension LuaOutbox {
  /// The packets that begin at `position`; nil if there is something else.
  public func packets(from position: Int) -> LuaPackets? { LuaPackets(view, from: position) }
}

extension pg_command {
  fileprivate var isPlainPacket: Bool {
    (kind == LuaCommand.Kind.emit.rawValue || kind == LuaCommand.Kind.ack.rawValue) && !flag
      && attachment_count == 0
  }
}
