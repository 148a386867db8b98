// Finds the polling sessions of every event loop by id. Requests of one session can come over
// any connection, so this is one of the few places that several threads share.

import NIOConcurrencyHelpers

/// The sessions that a request may name: those that began with polling.
final class SessionTable: Sendable {
  private let shards: [NIOLockedValueBox<[String: EngineConnection]>]

  /// - Parameter shards: how many locks share the ids.
  init(shards: Int = 64) {
    self.shards = (0..<shards).map { _ in NIOLockedValueBox([:]) }
  }

  subscript(id: String) -> EngineConnection? {
    get { shard(of: id).withLockedValue { $0[id] } }
    set { shard(of: id).withLockedValue { $0[id] = newValue } }
  }

  private func shard(of id: String) -> NIOLockedValueBox<[String: EngineConnection]> {
    shards[Int(UInt(bitPattern: id.hashValue) % UInt(shards.count))]
  }
}
