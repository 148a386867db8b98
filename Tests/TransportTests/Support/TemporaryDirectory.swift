import Foundation
import NIOCore
import Transport

/// A directory that a test fills and removes.
struct TemporaryDirectory {
  let path: String

  init() throws {
    let url = FileManager.default.temporaryDirectory.appending(path: "files-\(UUID())")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    path = url.path
  }

  /// Replaces a file that is there, so that even one of the same length and time is another.
  func write(_ text: String, to name: String) throws {
    let file = URL(filePath: path).appending(path: name)
    try FileManager.default.createDirectory(
      at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(text.utf8).write(to: file, options: .atomic)
  }

  func link(_ name: String, to target: String) throws {
    try FileManager.default.createSymbolicLink(
      atPath: path + "/" + name, withDestinationPath: target)
  }

  func remove(_ name: String) { try? FileManager.default.removeItem(atPath: path + "/" + name) }

  func remove() { try? FileManager.default.removeItem(atPath: path) }
}

/// Serves files, and nothing else.
struct FilesResponder: HTTPResponder {
  let files: StaticFiles
  let revision: Int? = 0

  func respond(to request: HTTPRequest) -> PendingResponse {
    PendingResponse(
      future: files.respond(to: request, path: request.path).map {
        $0 ?? .text("nothing", status: .notFound)
      })
  }
}
