// The two tables of durable channels in the host's database, and all SQL about them. Owned by HistoryDatabase
// and called under its lock. What an offset or a limit means is not known here.

import NIOCore
import PubSub

/// Durable channels and their publications, as rows.
struct HistoryRows {
  /// Where one channel stands.
  struct Channel {
    let id: Int64
    let epoch: String
    /// Of the last publication.
    var offset: UInt64
    /// Of the oldest that is kept; one above `offset` when none is.
    var first: UInt64
    /// What is kept, in bytes.
    var bytes: Int
    var limits: HistoryLimits
    /// When it was last published to, in milliseconds since 1970.
    var publishedAt: Int64
    /// When it was last published to or asked by this process; no row has it.
    var usedAt: Int64

    var top: Position { Position(epoch: epoch, offset: offset) }
  }

  let connection: SQLiteConnection
  private let all: SQLiteStatement
  private let insertChannel: SQLiteStatement
  private let updateChannel: SQLiteStatement
  private let deleteChannel: SQLiteStatement
  private let insert: SQLiteStatement
  private let select: SQLiteStatement
  private let firstAfter: SQLiteStatement
  private let size: SQLiteStatement
  private let delete: SQLiteStatement

  /// Opens the database, and makes it and the tables where they are not there. A transaction that has
  /// returned is on the disk as far as the disk says so.
  init(path: String, patience: Int32) throws(HostError) {
    connection = try SQLiteConnection(path: path, creates: true, patience: patience)
    try connection.execute("PRAGMA journal_mode = WAL")
    try connection.execute("PRAGMA synchronous = FULL")
    try connection.execute(
      """
      CREATE TABLE IF NOT EXISTS channels (
        id INTEGER PRIMARY KEY, app TEXT NOT NULL, name TEXT NOT NULL, epoch TEXT NOT NULL,
        "offset" INTEGER NOT NULL, first INTEGER NOT NULL, bytes INTEGER NOT NULL,
        messages INTEGER NOT NULL, age_ms INTEGER NOT NULL, published_at INTEGER NOT NULL,
        UNIQUE (app, name))
      """)
    try connection.execute(
      """
      CREATE TABLE IF NOT EXISTS publications (
        channel INTEGER NOT NULL, "offset" INTEGER NOT NULL, published_at INTEGER NOT NULL,
        bytes BLOB NOT NULL, PRIMARY KEY (channel, "offset")) WITHOUT ROWID
      """)
    all = try SQLiteStatement(
      """
      SELECT id, name, epoch, "offset", first, bytes, messages, age_ms, published_at FROM channels
      WHERE app = ?
      """, on: connection)
    insertChannel = try SQLiteStatement(
      """
      INSERT INTO channels (app, name, epoch, "offset", first, bytes, messages, age_ms, published_at)
      VALUES (?, ?, ?, 0, 1, 0, ?, ?, ?) RETURNING id
      """, on: connection)
    updateChannel = try SQLiteStatement(
      """
      UPDATE channels SET "offset" = ?, first = ?, bytes = ?, messages = ?, age_ms = ?, published_at = ?
      WHERE id = ?
      """, on: connection)
    deleteChannel = try SQLiteStatement("DELETE FROM channels WHERE id = ?", on: connection)
    insert = try SQLiteStatement(
      "INSERT INTO publications VALUES (?, ?, ?, ?)", on: connection)
    select = try SQLiteStatement(
      """
      SELECT "offset", bytes FROM publications WHERE channel = ? AND "offset" > ?
      ORDER BY "offset"
      """, on: connection)
    firstAfter = try SQLiteStatement(
      """
      SELECT "offset" FROM publications WHERE channel = ? AND published_at > ?
      ORDER BY "offset" LIMIT 1
      """, on: connection)
    size = try SQLiteStatement(
      "SELECT sum(length(bytes)) FROM publications WHERE channel = ? AND \"offset\" < ?",
      on: connection)
    delete = try SQLiteStatement(
      "DELETE FROM publications WHERE channel = ? AND \"offset\" < ?", on: connection)
  }

  // MARK: Channels

  /// All channels of an app by their names.
  func channels(of app: String) throws(HostError) -> [String: Channel] {
    var channels: [String: Channel] = [:]
    try all.run([.text(app)]) { row in
      channels[String(decoding: row.text(1), as: UTF8.self)] = Channel(
        id: row.integer(0), epoch: String(decoding: row.text(2), as: UTF8.self),
        offset: UInt64(bitPattern: row.integer(3)), first: UInt64(bitPattern: row.integer(4)),
        bytes: Int(row.integer(5)),
        limits: HistoryLimits(
          messages: Int(row.integer(6)), age: .milliseconds(row.integer(7)), isDurable: true),
        publishedAt: row.integer(8), usedAt: row.integer(8))
    }
    return channels
  }

  /// Adds a channel in which nothing was published.
  func add(
    _ name: String, of app: String, epoch: String, limits: HistoryLimits, at time: Int64
  ) throws(HostError) -> Channel {
    var id: Int64 = 0
    try insertChannel.run([
      .text(app), .text(name), .text(epoch), .integer(Int64(limits.messages)),
      .integer(limits.age.milliseconds), .integer(time),
    ]) { id = $0.integer(0) }
    return Channel(
      id: id, epoch: epoch, offset: 0, first: 1, bytes: 0, limits: limits, publishedAt: time,
      usedAt: time)
  }

  func update(_ channel: Channel) throws(HostError) {
    try updateChannel.run([
      .integer(Int64(bitPattern: channel.offset)), .integer(Int64(bitPattern: channel.first)),
      .integer(Int64(channel.bytes)), .integer(Int64(channel.limits.messages)),
      .integer(channel.limits.age.milliseconds), .integer(channel.publishedAt),
      .integer(channel.id),
    ])
  }

  /// Removes a channel with all that is kept of it.
  func remove(_ channel: Channel) throws(HostError) {
    try delete.run([.integer(channel.id), .integer(Int64.max)])
    try deleteChannel.run([.integer(channel.id)])
  }

  // MARK: Publications

  func append(
    _ bytes: ByteBuffer, at offset: UInt64, of channel: Channel, time: Int64
  ) throws(HostError) {
    try insert.run([
      .integer(channel.id), .integer(Int64(bitPattern: offset)), .integer(time), .blob(bytes),
    ])
  }

  /// What is kept after an offset, in order.
  func publications(
    of channel: Channel, after offset: UInt64
  ) throws(HostError) -> [(offset: UInt64, bytes: ByteBuffer)] {
    var publications: [(offset: UInt64, bytes: ByteBuffer)] = []
    try select.run([.integer(channel.id), .integer(Int64(bitPattern: offset))]) { row in
      publications.append((UInt64(bitPattern: row.integer(0)), row.blob(1)))
    }
    return publications
  }

  /// The offset of the oldest publication that is younger than `time`; one above the last when none
  /// is.
  func first(of channel: Channel, after time: Int64) throws(HostError) -> UInt64 {
    var first = channel.offset + 1
    try firstAfter.run([.integer(channel.id), .integer(time)]) { row in
      first = UInt64(bitPattern: row.integer(0))
    }
    return first
  }

  /// Forgets the publications before an offset.
  func trim(_ channel: inout Channel, before first: UInt64) throws(HostError) {
    guard first > channel.first else { return }
    let values = [
      SQLiteStatement.Value.integer(channel.id), .integer(Int64(bitPattern: first)),
    ]
    var removed = 0
    try size.run(values) { removed = Int($0.integer(0)) }
    try delete.run(values)
    channel.first = first
    channel.bytes -= removed
  }
}

extension TimeAmount {
  fileprivate var milliseconds: Int64 { nanoseconds / 1_000_000 }
}
