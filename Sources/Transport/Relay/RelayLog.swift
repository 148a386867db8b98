// What is worth telling about relays, once a minute at most for each node: requests that fail come in
// thousands.

import Logging
import NIOConcurrencyHelpers
import NIOCore

/// The lines of a relay in the log. Used from every event loop.
final class RelayLog: Sendable {
  private static let pause = TimeAmount.seconds(60)
  /// Nodes whose last line is remembered.
  private static let maxNodes = 1_000

  private struct State {
    var failures: [NodeAddress: NIODeadline] = [:]
    var full = NIODeadline.uptimeNanoseconds(0)
    var misled = NIODeadline.uptimeNanoseconds(0)
  }

  private let logger: Logger
  private let state = NIOLockedValueBox(State())

  init(logger: Logger) { self.logger = logger }

  /// A node could not be reached.
  func warnUnreachable(_ address: NodeAddress, _ error: any Error) {
    let now = NIODeadline.now()
    let isDue = state.withLockedValue { state in
      if let next = state.failures[address], next > now { return false }
      if state.failures.count >= Self.maxNodes { state.failures = [:] }
      state.failures[address] = now + Self.pause
      return true
    }
    guard isDue else { return }
    logger.warning(
      "The node at \(address) cannot be reached, requests of its sessions are refused: \(error)")
  }

  /// More should be passed on than may be.
  func warnFull(_ limit: Int) {
    guard isDue(\.full) else { return }
    logger.warning("\(limit) requests are passed on to other nodes, more are answered 503")
  }

  /// What has been passed on once would have to be passed on again.
  func warnMisled() {
    guard isDue(\.misled) else { return }
    logger.warning(
      "A request of another node's session was passed on to this node: is the cluster.address of a node wrong?"
    )
  }

  private func isDue(_ next: WritableKeyPath<State, NIODeadline>) -> Bool {
    let now = NIODeadline.now()
    return state.withLockedValue { state in
      guard state[keyPath: next] <= now else { return false }
      state[keyPath: next] = now + Self.pause
      return true
    }
  }
}
