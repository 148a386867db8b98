/// One of several events of a client, by its place in their bytes. Laid out as C's `pg_event_place`.
@frozen
public struct LuaEvent: Sendable {
  public let start: Int32
  public let length: Int32
  /// The id that the client wants answered, or -1.
  public let ack: Int64

  /// - Parameter payload: where the JSON text of the args array is, the event's name first.
  public init(payload: Range<Int>, ack: Int?) {
    start = Int32(truncatingIfNeeded: payload.lowerBound)
    length = Int32(truncatingIfNeeded: payload.count)
    self.ack = ack.map(Int64.init) ?? -1
  }
}
