import LuaRuntime
import NIOCore

/// Events of one client that came together, on their way to its app.
struct EventRun: Sendable {
  let bytes: ByteBuffer
  private(set) var events: ContiguousArray<LuaEvent> = []

  init(in bytes: ByteBuffer) { self.bytes = bytes }

  var isEmpty: Bool { events.isEmpty }

  /// Adds the event whose payload is in `range` of the bytes.
  mutating func append(_ range: Range<Int>, ack: Int?) {
    events.append(LuaEvent(payload: range, ack: ack))
  }

  /// Without the first `count`; nil if those are all.
  func dropping(_ count: Int) -> EventRun? {
    guard count < events.count else { return nil }
    var rest = EventRun(in: bytes)
    rest.events = ContiguousArray(events[count...])
    return rest
  }
}
