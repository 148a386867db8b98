import CLua

/// Which of an app's states one is, and what they have in common.
public struct LuaWorker: Sendable {
  /// From 1, `perigee.worker` in Lua.
  public var number: Int
  /// How many the app has, `perigee.workers` in Lua.
  public var count: Int
  /// What scripts reach as `perigee.shared`.
  public var shared: LuaShared
  /// Whether histories may be asked for that outlive the process.
  public var keepsHistory: Bool

  public init(
    number: Int = 1, count: Int = 1, shared: LuaShared = LuaShared(), keepsHistory: Bool = true
  ) {
    self.number = number
    self.count = count
    self.shared = shared
    self.keepsHistory = keepsHistory
  }
}

/// A store of values by keys that all states of an app use, from whatever thread they run on.
// @unchecked: the store in C has a mutex.
public final class LuaShared: @unchecked Sendable {
  /// nil only when there was no memory for an empty one; scripts then get an error.
  let store: OpaquePointer?

  /// - Parameter bytes: what keys and values may take.
  public init(bytes: Int = 16 << 20) { store = pg_shared_create(max(0, bytes)) }

  deinit {
    if let store { pg_shared_destroy(store) }
  }

  /// Changes what keys and values may take. What is there stays, even if it is more.
  public func setLimit(bytes: Int) {
    if let store { pg_shared_set_limit(store, max(0, bytes)) }
  }

  /// What keys and values take, in bytes.
  public var used: Int { store.map { pg_shared_used($0) } ?? 0 }

  /// Moves the clock by which values expire; for tests.
  public func advance(by duration: Duration) {
    let (seconds, attoseconds) = duration.components
    if let store { pg_shared_advance(store, seconds * 1_000_000_000 + attoseconds / 1_000_000_000) }
  }
}
