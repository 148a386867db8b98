/// Knows what of an engine's stream is there twice, because its publisher sent it again. Pure.
public struct OriginFilter: Sendable {
  private var last: [UInt64: UInt64] = [:]

  /// When so many nodes were seen, it begins anew to remember them.
  private static let manyNodes = 10_000

  public init() {}

  /// Whether a publication, in the order of the stream, is there for the first time.
  public mutating func admit(_ origin: EngineOrigin) -> Bool {
    let serial = last[origin.node]
    if let serial, origin.serial <= serial { return false }
    if serial == nil && last.count >= Self.manyNodes { last.removeAll() }
    last[origin.node] = origin.serial
    return true
  }
}
