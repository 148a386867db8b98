import Dispatch
import Foundation
import Testing

@testable import AppHost

@Suite("The file watcher", .timeLimit(.minutes(1)))
struct FileWatcherTests {
  @Test("reports a plain save, an atomic one, a removal, and files of a new folder")
  func changes() async throws {
    let root = FileManager.default.temporaryDirectory.appending(path: "\(UUID())").path
    try FileManager.default.createDirectory(atPath: root, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: root) }
    let (paths, continuation) = AsyncStream<Set<String>>.makeStream()
    let queue = DispatchQueue(label: "watcher")
    let watcher = try FileWatcher(roots: [root], queue: queue) { continuation.yield($0) }
    defer { watcher.stop() }
    var batches = paths.makeAsyncIterator()

    func expect(_ path: String, after change: () throws -> Void) async throws {
      try change()
      while let batch = await batches.next(), !batch.contains(path) {}
    }
    try await expect("\(root)/a.lua") {
      try "1".write(toFile: "\(root)/a.lua", atomically: false, encoding: .utf8)
    }
    try await expect("\(root)/a.lua") {
      try "2".write(toFile: "\(root)/a.lua", atomically: true, encoding: .utf8)
    }
    try await expect("\(root)/new") {
      try FileManager.default.createDirectory(
        atPath: "\(root)/new/lib", withIntermediateDirectories: true)
    }
    try await expect("\(root)/new/lib/m.lua") {
      try "3".write(toFile: "\(root)/new/lib/m.lua", atomically: true, encoding: .utf8)
    }
    try await expect("\(root)/a.lua") {
      try FileManager.default.removeItem(atPath: "\(root)/a.lua")
    }
  }
}
