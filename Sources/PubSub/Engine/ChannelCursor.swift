// Where one node stands in one channel of an engine: it lets each publication through once and in
// order, whether it comes live, again, or from the history after the link was lost. Pure; an engine
// holds one for every channel it brings, on its own thread.

/// What has been received of a channel.
public struct ChannelCursor: Sendable {
  /// The position of the last publication with a history, or where the channel stood before the first.
  public private(set) var position: Position?
  /// The last publication of each node that was received here, of those with a history and of those
  /// without, which may go different ways.
  private var keptSerials: [UInt64: UInt64] = [:]
  private var liveSerials: [UInt64: UInt64] = [:]

  /// When a channel has heard more nodes than so many, it begins anew to remember them.
  private static let manyNodes = 1_000

  public init() {}

  /// The channel stands here; what comes later is new.
  public mutating func begin(at top: Position) {
    if position == nil { position = top }
  }

  /// Whether a publication is new, which it is once.
  public mutating func admit(_ publication: EnginePublication) -> Bool {
    guard let place = publication.position else {
      return Self.admit(publication.origin, to: &liveSerials)
    }
    if let position, position.epoch == place.epoch, place.offset <= position.offset { return false }
    position = place
    return Self.admit(publication.origin, to: &keptSerials)
  }

  /// What a look into the history brings after the link was lost: the publications that are new.
  ///
  /// - Returns: nil when some were lost; the cursor then stands where the channel stands.
  public mutating func catchUp(
    _ recovery: Recovery<EnginePublication>
  ) -> [EnginePublication]? {
    guard recovery.isRecovered else {
      position = recovery.top
      return nil
    }
    let missed = recovery.missed.filter { admit($0) }
    if position == nil { position = recovery.top }
    return missed
  }

  private static func admit(_ origin: EngineOrigin, to serials: inout [UInt64: UInt64]) -> Bool {
    let last = serials[origin.node]
    if let last, origin.serial <= last { return false }
    if last == nil && serials.count >= manyNodes { serials.removeAll() }
    serials[origin.node] = origin.serial
    return true
  }
}
