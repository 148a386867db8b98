// The one table of the host's database and all SQL about it. Owned by ModelStore, called on its queue.

import Foundation

/// Stored values of models: JSON text by app and name.
struct ModelTable {
  /// One value.
  struct Key: Hashable {
    let app: String
    /// `NAME` or `NAME:KEY`.
    let name: String
  }

  private let connection: SQLiteConnection
  private let select: SQLiteStatement
  private let replace: SQLiteStatement

  /// - Parameters:
  ///   - creates: whether a database that is not there is made.
  ///   - patience: how long a locked database is waited for, in milliseconds.
  init(path: String, creates: Bool, patience: Int32) throws(HostError) {
    connection = try SQLiteConnection(path: path, creates: creates, patience: patience)
    try connection.execute("PRAGMA journal_mode = WAL")
    try connection.execute(
      """
      CREATE TABLE IF NOT EXISTS models (
        app TEXT NOT NULL, name TEXT NOT NULL, value TEXT NOT NULL, saved_at INTEGER NOT NULL,
        PRIMARY KEY (app, name))
      """)
    select = try SQLiteStatement(
      "SELECT name, value FROM models WHERE app = ?", on: connection)
    replace = try SQLiteStatement(
      "INSERT OR REPLACE INTO models (app, name, value, saved_at) VALUES (?, ?, ?, ?)",
      on: connection)
  }

  /// All values of an app by their names.
  func values(of app: String) throws(HostError) -> [String: [UInt8]] {
    var values: [String: [UInt8]] = [:]
    try select.run([.text(app)]) { row in
      values[String(decoding: row.text(0), as: UTF8.self)] = row.text(1)
    }
    return values
  }

  /// Stores all of `values` or, when it throws, none.
  func store(_ values: [Key: [UInt8]], at date: Date) throws(HostError) {
    let milliseconds = Int64(date.timeIntervalSince1970 * 1_000)
    try connection.transaction { () throws(HostError) in
      for (key, value) in values {
        try replace.run([
          .text(key.app), .text(key.name), .text(value), .integer(milliseconds),
        ])
      }
    }
  }
}
