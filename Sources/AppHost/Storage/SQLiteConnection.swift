// One connection to an SQLite database, as far as this host needs it: no SQL of its own, no thread of
// its own. Its owner calls it, and its statements, on one thread at a time; every call may block.

import CSQLiteSystem

/// An open database.
final class SQLiteConnection {
  let handle: OpaquePointer

  /// - Parameters:
  ///   - creates: whether a database that is not there is made.
  ///   - patience: how long a call waits for another process that has locked the database, in
  ///     milliseconds.
  init(path: String, creates: Bool, patience: Int32) throws(HostError) {
    let flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | (creates ? SQLITE_OPEN_CREATE : 0)
    var opened: OpaquePointer?
    let status = sqlite3_open_v2(path, &opened, flags, nil)
    guard status == SQLITE_OK, let opened else {
      defer { sqlite3_close_v2(opened) }
      throw HostError(sqlite: opened, status)
    }
    handle = opened
    sqlite3_busy_timeout(opened, patience)
  }

  deinit { sqlite3_close_v2(handle) }

  /// Runs statements that answer nothing.
  func execute(_ sql: String) throws(HostError) {
    let status = sqlite3_exec(handle, sql, nil, nil, nil)
    guard status == SQLITE_OK else { throw HostError(sqlite: handle, status) }
  }

  /// Runs `body`: all that it writes is stored, or nothing.
  func transaction(_ body: () throws(HostError) -> Void) throws(HostError) {
    try execute("BEGIN IMMEDIATE")
    do throws(HostError) {
      try body()
      try execute("COMMIT")
    } catch {
      try? execute("ROLLBACK")
      throw error
    }
  }
}
