import NIOCore
import Transport

/// What the transport asks about the nodes of the host's cluster.
struct ClusterRoute: SessionRoute {
  /// By then a new host has reached the engine, and all others have announced themselves.
  private static let settlingTime = TimeAmount.seconds(2)

  private let hubs: EngineHubs
  private let settled = NIODeadline.now() + settlingTime

  init(hubs: EngineHubs) { self.hubs = hubs }

  var node: UInt64 { hubs.node }

  func address(of node: UInt64) -> NodeAddress? {
    hubs.address(of: node).flatMap { NodeAddress($0) }
  }

  var isComplete: Bool { .now() >= settled }
}
