import LuaRuntime
import NIOCore

/// Events of one client that came together, on their way to its app.
struct EventRun: Sendable {
  let bytes: ByteBuffer
  /// The only one, which needs no memory of its own; or the first.
  private var first: LuaEvent?
  /// All, if there are several.
  private var several: ContiguousArray<LuaEvent> = []
  /// For so many memory is taken at once.
  private static let usual = 16

  init(in bytes: ByteBuffer) { self.bytes = bytes }

  var count: Int { first == nil ? 0 : max(1, several.count) }

  /// Adds the event whose payload is in `range` of the bytes.
  mutating func append(_ range: Range<Int>, ack: Int?) {
    append(LuaEvent(payload: range, ack: ack))
  }

  private mutating func append(_ event: LuaEvent) {
    guard let first else {
      first = event
      return
    }
    if several.isEmpty {
      several.reserveCapacity(Self.usual)
      several.append(first)
    }
    several.append(event)
  }

  /// Calls `body` with all events.
  func withEvents<Result>(_ body: (UnsafeBufferPointer<LuaEvent>) -> Result) -> Result {
    guard several.isEmpty, let first else { return several.withUnsafeBufferPointer(body) }
    return withUnsafePointer(to: first) { body(UnsafeBufferPointer(start: $0, count: 1)) }
  }

  /// Without the first `count`; nil if those are all.
  func dropping(_ count: Int) -> EventRun? {
    guard count < self.count else { return nil }
    var rest = EventRun(in: bytes)
    withEvents { events in
      for event in events[count...] { rest.append(event) }
    }
    return rest
  }
}
