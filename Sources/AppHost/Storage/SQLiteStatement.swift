// A prepared statement: values in place of question marks in, rows out. Called where its connection is.

import CSQLiteSystem
import NIOCore

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
    case blob(ByteBuffer)
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

    /// The column's bytes; none for NULL.
    func blob(_ column: Int32) -> ByteBuffer {
      let bytes = sqlite3_column_blob(handle, column)
      let count = Int(sqlite3_column_bytes(handle, column))
      guard let bytes else { return ByteBuffer() }
      return ByteBuffer(bytes: UnsafeRawBufferPointer(start: bytes, count: count))
    }

    /// The column as a number; 0 for NULL.
    func integer(_ column: Int32) -> Int64 { sqlite3_column_int64(handle, column) }
  }

  private func bind(_ value: Value, at index: Int32) throws(HostError) {
    let status =
      switch value {
      case .integer(let number): sqlite3_bind_int64(handle, index, number)
      case .blob(let buffer):
        buffer.withUnsafeReadableBytes { bytes in
          sqlite3_bind_blob64(
            handle, index, bytes.baseAddress, sqlite3_uint64(bytes.count), Self.copied)
        }
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
