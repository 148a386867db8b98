import NIOCore
import RealtimeProtocol

/// Events of one client that came together, on their way to its app.
struct EventRun: Sendable {
  struct Entry: Sendable {
    let start: Int32
    let length: Int32
    /// The ack that the client asked for; -1 for none.
    let ack: Int64
  }

  let bytes: ByteBuffer
  private(set) var entries: ContiguousArray<Entry> = []

  init(in bytes: ByteBuffer) { self.bytes = bytes }

  var isEmpty: Bool { entries.isEmpty }

  /// Adds the event whose payload is in `range` of the bytes.
  mutating func append(_ range: Range<Int>, ack: Int?) {
    entries.append(
      Entry(
        start: Int32(truncatingIfNeeded: range.lowerBound),
        length: Int32(truncatingIfNeeded: range.count), ack: ack.map(Int64.init) ?? -1))
  }

  /// Without the first `count`; nil if those are all.
  func dropping(_ count: Int) -> EventRun? {
    guard count < entries.count else { return nil }
    var rest = EventRun(in: bytes)
    rest.entries = ContiguousArray(entries[count...])
    return rest
  }

  /// Calls `body` with each payload and ack until it answers false.
  ///
  /// - Returns: what was not passed; nil if nothing is left.
  func withPayloads(_ body: (UnsafeRawBufferPointer, Int64) -> Bool) -> EventRun? {
    let passed = bytes.withUnsafeReadableBytes { raw in
      for (index, entry) in entries.enumerated() {
        let payload = UnsafeRawBufferPointer(
          rebasing: raw[Int(entry.start)..<Int(entry.start) + Int(entry.length)])
        if !body(payload, entry.ack) { return index + 1 }
      }
      return entries.count
    }
    return dropping(passed)
  }
}
