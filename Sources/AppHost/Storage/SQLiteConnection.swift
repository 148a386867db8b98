// One connection to an SQLite database, as far as this host needs it: no SQL of its own, no thread of
// its own. Its owner calls it, and its statements, on one thread at a time; every call may block.

import CSQLiteSystem

/// An open database.
final class SQLiteConnection {
  fileprivate let handle: OpaquePointer

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

/// A prepared statement of one connection, which it keeps open.
final class SQLiteStatement {
  private let connection: SQLiteConnection
  private let handle: OpaquePointer

  init(_ sql: String, on connection: SQLiteConnection) throws(HostError) {
    var prepared: OpaquePointer?
    let status = sqlite3_prepare_v2(connection.handle, sql, -1, &prepared, nil)
    guard status == SQLITE_OK, let prepared else {
      throw HostError(sqlite: connection.handle, status)
    }
    self.connection = connection
    handle = prepared
  }

  deinit { sqlite3_finalize(handle) }

  /// Runs the statement with `values` in place of its question marks and calls `row` for each row,
  /// which is valid until `row` returns.
  func run(_ values: [Value], row: (Row) -> Void = { _ in }) throws(HostError) {
    defer {
      sqlite3_reset(handle)
      sqlite3_clear_bindings(handle)
    }
    for (index, value) in values.enumerated() { try bind(value, at: Int32(index + 1)) }
    while true {
      switch sqlite3_step(handle) {
      case SQLITE_ROW: row(Row(handle: handle))
      case SQLITE_DONE: return
      case let status: throw HostError(sqlite: connection.handle, status)
      }
    }
  }

  /// What stands in place of a question mark.
  enum Value {
    /// UTF-8.
    case text([UInt8])
    case integer(Int64)

    static func text(_ string: String) -> Value { .text(Array(string.utf8)) }
  }

  /// One row of an answer, its columns counted from 0.
  struct Row {
    fileprivate let handle: OpaquePointer

    /// The column as UTF-8; empty for NULL.
    func text(_ column: Int32) -> [UInt8] {
      guard let bytes = sqlite3_column_text(handle, column) else { return [] }
      let count = Int(sqlite3_column_bytes(handle, column))
      return Array(UnsafeBufferPointer(start: bytes, count: count))
    }
  }

  private func bind(_ value: Value, at index: Int32) throws(HostError) {
    let status =
      switch value {
      case .integer(let number): sqlite3_bind_int64(handle, index, number)
      case .text(let bytes):
        bytes.withUnsafeBytes { bytes in
          sqlite3_bind_text64(
            handle, index, bytes.baseAddress?.assumingMemoryBound(to: CChar.self),
            sqlite3_uint64(bytes.count), Self.copied, UInt8(SQLITE_UTF8))
        }
      }
    guard status == SQLITE_OK else { throw HostError(sqlite: connection.handle, status) }
  }

  /// SQLite's SQLITE_TRANSIENT, a macro that Swift does not see: the bytes are copied at once.
  private static let copied = unsafeBitCast(-1, to: sqlite3_destructor_type.self)
}

extension HostError {
  /// What SQLite last said on a connection; `status` alone when there is none.
  fileprivate init(sqlite connection: OpaquePointer?, _ status: Int32) {
    let text = connection.flatMap { sqlite3_errmsg($0) } ?? sqlite3_errstr(status)
    let message = text.map { String(cString: $0) } ?? "error \(status)"
    // The lower byte of an extended code is the code.
    switch status & 0xFF {
    case SQLITE_BUSY, SQLITE_LOCKED: self.init(.storageLocked, message)
    case SQLITE_CORRUPT, SQLITE_NOTADB: self.init(.storageCorrupt, message)
    default: self.init(.storage, message)
    }
  }
}
