/// Who keeps messages back for a client while it cannot take them, so that newer ones may replace them
/// meanwhile. All calls come on the connection's event loop.
public protocol OutboundKeeper: AnyObject {
  /// What is kept back, in bytes; it counts as waiting for the client.
  var keptBytes: Int { get }

  /// Sends what has been kept back longest, because the client can take it.
  ///
  /// - Returns: false if nothing is left.
  func sendKept() -> Bool
}

extension OutboundKeeper {
  public var keptBytes: Int { 0 }

  public func sendKept() -> Bool { false }
}
