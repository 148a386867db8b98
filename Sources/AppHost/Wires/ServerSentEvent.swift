import NIOCore

/// Formats events of an event stream (HTML standard, server-sent events).
enum ServerSentEvent {
  /// One event.
  /// - Parameters:
  ///   - frame: JSON text without line breaks.
  ///   - id: what the client comes back with; nil leaves the last one in force.
  static func of(_ frame: ByteBuffer, id: String?) -> ByteBuffer {
    var event = ByteBuffer()
    event.reserveCapacity(frame.readableBytes + 16 + (id?.utf8.count ?? 0))
    if let id { event.writeString("id: \(id)\n") }
    event.writeStaticString("data: ")
    event.writeImmutableBuffer(frame)
    event.writeStaticString("\n\n")
    return event
  }

  /// Says after how many milliseconds a browser reconnects.
  static func retry(_ milliseconds: Int) -> ByteBuffer {
    ByteBuffer(string: "retry: \(milliseconds)\n\n")
  }
}
