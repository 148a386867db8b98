import LuaRuntime
import NIOCore

/// Events of one client that came together, on their way to its app.
struct EventRun: Sendable {
  let bytes: ByteBuffer
  private(set) var events: ContiguousArray<LuaEvent> = []

  /// - Parameter capacity: how many events there may be.
  init(in bytes: ByteBuffer, capacity: Int) {
    self.bytes = bytes
    events.reserveCapacity(capacity)
  }

  var isEmpty: Bool { events.isEmpty }

  /// Adds the event whose payload is in `range` of the bytes.
  mutating func append(_ range: Range<Int>, ack: Int?) {
    events.append(LuaEvent(payload: range, ack: ack))
  }

  /// Without the first `count`; nil if those are all.
  func dropping(_ count: Int) -> EventRun? {
    guard count < events.count else { return nil }
    var rest = EventRun(in: bytes, capacity: events.count - count)
    rest.events.append(contentsOf: events[count...])
    return rest
  }
}
