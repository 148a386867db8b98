// A client of libmongoc: commands, and what is in collections. It waits for each answer, and each thread
// has one of its own. Any method that throws for the link's sake leaves it unusable.

import CMongoSystem
import NIOCore
import PubSub

/// One client, with one connection to each server.
final class MongoClient {
  private let client: OpaquePointer
  let settings: MongoSettings

  init(_ settings: MongoSettings) throws(PubSubError) {
    MongoLibrary.begin()
    self.settings = settings
    var error = bson_error_t()
    guard let uri = mongoc_uri_new_with_error(settings.uri, &error) else {
      throw .mongo(error, during: "reading the URL")
    }
    defer { mongoc_uri_destroy(uri) }
    guard let made = mongoc_client_new_from_uri_with_error(uri, &error) else {
      throw .mongo(error, during: "making a client")
    }
    client = made
    mongoc_client_set_error_api(client, MONGOC_ERROR_API_VERSION_2)
  }

  deinit {
    // To end a client waits for its server, which may have fallen silent.
    let orphan = Orphan(client: client)
    do {
      try EngineThread().start { orphan.end() }
    } catch {
      orphan.end()
    }
  }

  // @unchecked: nobody else has the client any more.
  private struct Orphan: @unchecked Sendable {
    let client: OpaquePointer

    func end() { mongoc_client_destroy(client) }
  }

  /// Runs a command on the database.
  ///
  /// - Returns: its answer.
  @discardableResult
  func run(
    _ purpose: String, _ command: (inout BSONWriter) -> Void
  ) throws(PubSubError) -> ByteBuffer {
    var bytes: UnsafeMutablePointer<UInt8>?
    var length: UInt32 = 0
    var error = bson_error_t()
    let isDone = BSONWriter.document(command).withMongoBytes {
      MongoRun(client, settings.database, $0, &bytes, &length, &error)
    }
    defer { if let bytes { bson_free(bytes) } }
    guard isDone else { throw .mongo(error, during: purpose) }
    let answer = ByteBuffer(bytes: UnsafeBufferPointer(start: bytes, count: Int(length)))
    if let refusal = BSONReader.value(of: "writeConcernError", in: answer)?.document {
      let number = BSONReader.value(of: "code", in: refusal)?.number ?? 0
      let text = BSONReader.value(of: "errmsg", in: refusal)?.text ?? "not confirmed"
      throw .mongo(number, text, during: purpose)
    }
    return answer
  }

  func collection(_ name: String) throws(PubSubError) -> MongoCollection {
    guard let made = mongoc_client_get_collection(client, settings.database, name) else {
      throw PubSubError(.unreachable, "no memory for a collection")
    }
    return MongoCollection(made, name: name, client: self)
  }
}

extension ByteBuffer {
  /// The bytes as the library takes them, which are there until `body` returns.
  func withMongoBytes<Result>(_ body: (MongoBytes) -> Result) -> Result {
    withUnsafeReadableBytes { bytes in
      body(
        MongoBytes(
          bytes: bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), length: bytes.count))
    }
  }
}
