// The host's database as far as it holds durable channels: opened when it is needed first, and again after a
// failure. Shared by the histories of all apps, whose engines' threads call it one at a time.

import NIOConcurrencyHelpers
import PubSub

/// The connection that durable histories are written by.
// @unchecked: `rows` is touched under `lock` only.
final class HistoryDatabase: @unchecked Sendable {
  private let path: String
  private let patience: Int32
  private let lock = NIOLock()
  private var rows: HistoryRows?

  /// - Parameters:
  ///   - path: the database's file.
  ///   - patience: how long another program is waited for that has locked the database, in
  ///     milliseconds.
  init(path: String, patience: Int32 = 2_000) {
    self.path = path
    self.patience = patience
  }

  /// Runs `body` in a transaction: all that it writes is stored when this returns, or nothing. Blocks on
  /// the disk, and on others who are about it.
  func transaction(_ body: (HistoryRows) throws(HostError) -> Void) throws(PubSubError) {
    lock.lock()
    defer { lock.unlock() }
    do throws(HostError) {
      let rows = try open()
      try rows.connection.transaction { () throws(HostError) in try body(rows) }
    } catch {
      rows = nil
      throw PubSubError(.unreachable, "\(path): \(error.message); \(Self.remedy(error))")
    }
  }

  private func open() throws(HostError) -> HistoryRows {
    if let rows { return rows }
    let opened = try HistoryRows(path: path, patience: patience)
    rows = opened
    return opened
  }

  /// Closes the database; a later transaction opens it again.
  func close() { lock.withLock { rows = nil } }

  private static func remedy(_ error: HostError) -> String {
    switch error.code {
    case .storageLocked: "stop the program that has locked it, or let storage.path name another"
    case .storageCorrupt: "move this file away or mend it, or let storage.path name another"
    default: "make room, and its folder writable, or let storage.path name another"
    }
  }
}
