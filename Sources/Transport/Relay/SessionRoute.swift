/// What a server knows of the nodes whose sessions its clients may ask for. Used from every event loop.
public protocol SessionRoute: Sendable {
  /// This node, which the ids of its own sessions name.
  var node: UInt64 { get }

  /// Where another node can be reached now; nil if nobody knows.
  func address(of node: UInt64) -> NodeAddress?

  /// Whether a node that is not known is not there; until then it may be that its news have not come yet.
  var isComplete: Bool { get }
}
