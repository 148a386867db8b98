import CLua

/// What the scripts asked for since the outbox was last cleared, in the order they asked. A view
/// without a copy: valid until the isolate runs again or the outbox is cleared.
public struct LuaOutbox: RandomAccessCollection {
  let view: pg_outbox_view
  let namespaces: NamespaceNames

  public var startIndex: Int { 0 }
  public var endIndex: Int { view.count }

  public subscript(position: Int) -> LuaCommand {
    LuaCommand(command: view.commands + position, view: view, namespaces: namespaces)
  }
}

/// Byte strings of one command: rooms or attachments. Valid as long as the command is.
public struct LuaSpans: RandomAccessCollection {
  let spans: UnsafePointer<pg_span>?
  public let count: Int
  let bytes: UnsafePointer<UInt8>?

  public var startIndex: Int { 0 }
  public var endIndex: Int { count }

  public subscript(position: Int) -> UnsafeRawBufferPointer {
    guard let spans, let bytes, indices.contains(position) else {
      return UnsafeRawBufferPointer(start: nil, count: 0)
    }
    let span = spans[position]
    return UnsafeRawBufferPointer(start: bytes + Int(span.offset), count: Int(span.length))
  }
}
