import NIOCore
import PubSub

@testable import PubSubMongo

/// Nodes that meet in a MongoDB server, under a prefix of their own.
struct MongoMiddle: TestMiddle {
  private let breaker: LinkBreaker
  private let server: EngineURL
  let prefix: String
  private let user: String
  private let options: String

  /// - Parameters:
  ///   - user: what stands before the host, with its @.
  ///   - options: more of them, each with an `&` before it.
  init(_ url: String, user: String = "", options: String = "") async throws {
    server = try EngineURL(url)
    prefix = "test-\(String(UInt64.random(in: 1...UInt64.max), radix: 16))"
    self.user = user
    self.options = options
    breaker = try await LinkBreaker.to(
      server.servers[0].host, port: server.servers[0].port ?? 27_017)
  }

  func engine(
    limits: EngineLimits, receiver: any EngineSubscriber
  ) throws(PubSubError) -> any Engine {
    let url = try EngineURL(
      "mongodb://\(user)127.0.0.1:\(breaker.port)/test?prefix=\(prefix)&size=64M\(options)")
    return try MongoEngine.make(url, limits: limits, receiver: receiver)
  }

  func cut() async throws { try await breaker.cut() }
  func stall() async throws { try await breaker.stall() }
  func mend() async throws { try await breaker.mend() }

  func end() async throws {
    try await unlink()
    let program = try program()
    for name in try program.collections() { try program.drop(name) }
  }

  /// Ends the breaker alone, when the server ends, too.
  func unlink() async throws { try await breaker.end() }

  /// Another program with a connection of its own to the server.
  func program() throws -> MongoProgram { try MongoProgram(server, prefix: prefix) }
}

/// A program that is no node and does to the server what nodes do not. Used on one thread.
final class MongoProgram {
  private let client: MongoClient
  private let prefix: String

  init(_ server: EngineURL, prefix: String) throws {
    let first = server.servers[0]
    self.prefix = prefix
    client = try MongoClient(
      try MongoSettings(try EngineURL("mongodb://\(first.host):\(first.port ?? 27_017)/test")))
  }

  /// The names of all collections of the prefix.
  func collections() throws -> [String] {
    let answer = try client.run("listing") { $0.append("listCollections", small: 1) }
    guard let cursor = BSONReader.value(of: "cursor", in: answer)?.document,
      let batch = BSONReader.value(of: "firstBatch", in: cursor)?.document
    else { return [] }
    var names: [String] = []
    var reader = BSONReader(batch)
    while let collection = reader.next()?.value.document {
      names += [BSONReader.value(of: "name", in: collection)?.text].compactMap(\.self)
    }
    return names.filter { $0.hasPrefix("\(prefix).") }
  }

  /// The one collection of that kind: `log` or `live`.
  func name(of kind: String) throws -> String {
    let names = try collections().filter { $0.hasPrefix("\(prefix).\(kind).") }
    guard names.count == 1, let name = names.first else {
      throw PubSubError(.refused, "the collections are \(names)")
    }
    return name
  }

  func drop(_ name: String) throws {
    try client.run("dropping") { $0.append("drop", name) }
  }

  /// Inserts a document whose only elements are an `_id` and a number.
  func insert(_ id: Int64, into name: String) throws {
    let document = BSONWriter.document { writer in
      writer.append("_id", id)
      writer.append("raw", Int64(7))
    }
    _ = try client.collection(name).insert([document], .live)
  }

  /// The `_id`s of a collection, in their order.
  func ids(in name: String) throws -> [Int64] {
    let cursor = try client.collection(name).find(
      { _ in }, { options in options.append("sort", document: { $0.append("_id", small: 1) }) })
    var ids: [Int64] = []
    while let document = try cursor.next() {
      ids += [BSONReader.value(of: "_id", in: document)?.number].compactMap(\.self)
    }
    return ids
  }

  /// Whether the server answers.
  func ping() throws { try client.run("ping") { $0.append("ping", small: 1) } }
}
