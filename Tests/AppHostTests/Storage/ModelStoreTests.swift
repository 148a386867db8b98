import Foundation
import Testing

@testable import AppHost

@Suite("The store of models")
struct ModelStoreTests {
  private let folder: TemporaryFolder
  private let log = LogBook()
  private var path: String { "\(folder.path)/perigee.db" }
  private var isThere: Bool { FileManager.default.fileExists(atPath: path) }

  init() throws { folder = try TemporaryFolder() }

  private func store() -> ModelStore { ModelStore(path: path, logger: log.logger, patience: 1) }

  private func values(of app: String, in store: ModelStore) -> [String: String] {
    store.values(of: app).mapValues { String(decoding: $0, as: UTF8.self) }
  }

  /// The database as another program sees it.
  private func locked(_ mode: String) throws -> SQLiteConnection {
    let other = try SQLiteConnection(path: path, creates: true, patience: 1)
    try other.execute(mode)
    try other.execute("CREATE TABLE IF NOT EXISTS other (x)")
    try other.execute("BEGIN EXCLUSIVE")
    return other
  }

  @Test("gives back what was stored, to each app its own, the latest of each name")
  func roundTrip() async {
    let first = store()
    first.save(Array(#"{"a":1}"#.utf8), as: "todos", of: "a")
    first.save(Array(#"{"a":2}"#.utf8), as: "todos", of: "a")
    first.save(Array(#"["é🪐"]"#.utf8), as: "room:é 1", of: "a")
    first.save(Array("{}".utf8), as: "todos", of: "b")
    await first.close()
    let second = store()
    #expect(values(of: "a", in: second) == ["todos": #"{"a":2}"#, "room:é 1": #"["é🪐"]"#])
    #expect(values(of: "b", in: second) == ["todos": "{}"])
    #expect(values(of: "c", in: second) == [:])
    #expect(log.lines.isEmpty)
  }

  @Test("reads what was handed over a moment ago")
  func ordered() {
    let store = store()
    for number in 0..<100 { store.save(Array("\(number)".utf8), as: "n", of: "a") }
    #expect(values(of: "a", in: store) == ["n": "99"])
  }

  @Test("makes no file before the first value")
  func lazy() async {
    let store = store()
    #expect(store.values(of: "a").isEmpty)
    await store.close()
    #expect(!isThere)
    #expect(log.lines.isEmpty)
  }

  @Test("leaves a file alone that is no database, and says so once")
  func corrupt() async throws {
    let text = String(repeating: "not a database ", count: 100)
    try folder.write(text, to: "perigee.db")
    let store = store()
    #expect(store.values(of: "a").isEmpty)
    store.save([0x31], as: "n", of: "a")
    #expect(store.values(of: "a").isEmpty)
    await store.close()
    #expect(try String(contentsOfFile: path, encoding: .utf8) == text)
    #expect(log.lines.count == 1)
    #expect(log.lines[0].hasPrefix("error \(path): file is not a database; no model is stored"))
  }

  @Test("keeps values while another program has locked the database, and stores them afterwards")
  func lockedForWriting() async throws {
    let earlier = store()
    earlier.save([0x31], as: "n", of: "b")
    await earlier.close()
    let other = try locked("PRAGMA journal_mode = WAL")
    let store = store()
    #expect(store.values(of: "a").isEmpty)
    store.save([0x31], as: "n", of: "a")
    #expect(store.values(of: "a").isEmpty)
    #expect(log.lines.count == 1)
    #expect(log.lines.first?.contains("database is locked; changed models are kept") == true)
    try other.execute("COMMIT")
    await store.close()
    #expect(values(of: "a", in: self.store()) == ["n": "1"])
    #expect(log.lines.last == "notice \(path): models are stored again")
  }

  @Test("does not replace values that it could not read")
  func lockedForReading() async throws {
    let first = store()
    first.save([0x31], as: "n", of: "a")
    await first.close()
    let other = try locked("PRAGMA journal_mode = DELETE")
    let second = store()
    #expect(second.values(of: "a").isEmpty)
    try other.execute("COMMIT")
    second.save([0x32], as: "n", of: "a")
    second.save([0x33], as: "n", of: "b")
    await second.close()
    #expect(values(of: "a", in: store()) == ["n": "1"])
    #expect(values(of: "b", in: store()) == ["n": "3"])
    #expect(log.lines.count == 1)
    #expect(log.lines[0].contains("/a starts without its stored models and stores none"))
  }

  @Test("tells what to do when the file cannot be made")
  func unwritable() async {
    let store = ModelStore(
      path: "\(folder.path)/missing/perigee.db", logger: log.logger, patience: 1)
    store.save([0x31], as: "n", of: "a")
    await store.close()
    #expect(log.lines.count == 2)
    #expect(log.lines.first?.contains("make its folder writable") == true)
    #expect(log.lines.last?.contains("1 changed models are lost") == true)
  }
}
