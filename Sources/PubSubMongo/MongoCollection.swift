import CMongoSystem
import NIOCore
import PubSub

/// A collection on the server, as one client sees it.
final class MongoCollection {
  let name: String
  private let collection: OpaquePointer
  private let client: MongoClient

  init(_ collection: OpaquePointer, name: String, client: MongoClient) {
    self.collection = collection
    self.name = name
    self.client = client
  }

  deinit { mongoc_collection_destroy(collection) }

  /// Inserts documents in order, up to the first whose `_id` is there already.
  ///
  /// - Returns: how many were inserted.
  func insert(
    _ documents: [ByteBuffer], _ concern: MongoSettings.WriteConcern
  ) throws(PubSubError) -> Int {
    guard !documents.isEmpty else { return 0 }
    var inserted: Int64 = 0
    var error = bson_error_t()
    let options = BSONWriter.document { $0.append(concern) }
    let isDone = options.withMongoBytes { options in
      Self.withMongoBytes(documents) { views in
        MongoInsert(collection, views, documents.count, options, &inserted, &error)
      }
    }
    let isConflict = Int64(error.code) == MongoCode.duplicateKey
    guard isDone || isConflict else { throw .mongo(error, during: "inserting into \(name)") }
    return isDone ? documents.count : Int(inserted)
  }

  private static func withMongoBytes<Result>(
    _ documents: [ByteBuffer], _ body: ([MongoBytes]) -> Result
  ) -> Result {
    func view(_ rest: ArraySlice<ByteBuffer>, _ views: [MongoBytes]) -> Result {
      guard let first = rest.first else { return body(views) }
      return first.withMongoBytes { view(rest.dropFirst(), views + [$0]) }
    }
    return view(documents[...], [])
  }

  /// Finds documents.
  func find(
    _ filter: (inout BSONWriter) -> Void, _ options: (inout BSONWriter) -> Void = { _ in }
  ) throws(PubSubError) -> MongoCursor {
    let cursor = BSONWriter.document(filter).withMongoBytes { filter in
      BSONWriter.document(options).withMongoBytes { MongoFind(collection, filter, $0) }
    }
    guard let cursor else { throw PubSubError(.unreachable, "no memory for a cursor") }
    return MongoCursor(cursor, on: self)
  }

  /// The first document that is found.
  func first(
    _ filter: (inout BSONWriter) -> Void, _ options: (inout BSONWriter) -> Void = { _ in }
  ) throws(PubSubError) -> ByteBuffer? {
    try find(filter) { writer in
      writer.append("limit", Int64(1))
      options(&writer)
    }.next()
  }
}

/// Documents that are found, one after the other.
final class MongoCursor {
  private let cursor: OpaquePointer
  private let collection: MongoCollection

  fileprivate init(_ cursor: OpaquePointer, on collection: MongoCollection) {
    self.cursor = cursor
    self.collection = collection
  }

  deinit { mongoc_cursor_destroy(cursor) }

  /// The next document; nil at the end, and where a tailable cursor has waited in vain.
  func next() throws(PubSubError) -> ByteBuffer? {
    var document = MongoBytes()
    if MongoNext(cursor, &document) {
      return ByteBuffer(
        bytes: UnsafeBufferPointer(start: document.bytes, count: document.length))
    }
    var error = bson_error_t()
    guard mongoc_cursor_error(cursor, &error) else { return nil }
    throw .mongo(error, during: "reading \(collection.name)")
  }

  /// Whether there may be more.
  var isAlive: Bool { mongoc_cursor_more(cursor) }
}

extension BSONWriter {
  /// What an answer to a write waits for.
  mutating func append(_ concern: MongoSettings.WriteConcern) {
    append(
      "writeConcern",
      document: { writer in
        if let count = concern.count { writer.append("w", small: count) }
        if let rule = concern.rule { writer.append("w", rule) }
        writer.append("j", concern.isJournaled)
        writer.append("wtimeout", small: MongoSettings.WriteConcern.patienceMilliseconds)
      })
  }
}

extension MongoSettings.WriteConcern {
  /// How long servers may take to confirm; shorter than an answer may take.
  fileprivate static let patienceMilliseconds = Int32(
    clamping: (EngineDriverLimits.answer - .seconds(1)).milliseconds)

  /// What is only for now needs no more than one server's memory.
  static let live = MongoSettings.WriteConcern(count: 1, rule: nil, isJournaled: false)
}
