import Foundation
import Testing

@testable import AppHost

@Suite("The app scanner")
final class AppScannerTests {
  private let root = FileManager.default.temporaryDirectory.appending(path: "\(UUID())").path

  deinit { try? FileManager.default.removeItem(atPath: root) }

  private func write(_ files: [String: String]) throws {
    for (path, text) in files {
      let file = URL(filePath: "\(root)/\(path)")
      try FileManager.default.createDirectory(
        at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
      try text.write(to: file, atomically: true, encoding: .utf8)
    }
  }

  private var scanner: AppScanner {
    AppScanner(root: root, limits: AppLimits(), environment: ["KEY": "value", "OTHER": "hidden"])
  }

  @Test("gives scripts the namespaces of their paths, the main one first")
  func namespaces() throws {
    try write([
      "ping.lua": "", "chat/init.lua": "", "chat/admin.lua": "", "chat/lib/util/text.lua": "",
      "chat/lib/store.lua": "", "chat/lib/deep/init.lua": "", "chat/www/index.html": "",
      ".hidden/init.lua": "",
    ])
    #expect(try scanner.names() == ["chat", "ping"])
    let chat = try #require(try scanner.read("chat"))
    #expect(chat.namespaces == ["/chat", "/chat/admin"])
    #expect(chat.program.modules.map(\.name).sorted() == ["deep", "store", "util.text"])
    #expect(chat.www == "\(root)/chat/www")
    #expect(try scanner.read("ping")?.namespaces == ["/ping"])
    #expect(try scanner.read("nothing") == nil)
  }

  @Test("reads the manifest and shows scripts only the environment that it permits")
  func manifest() throws {
    try write([
      "a/init.lua": "",
      "a/app.toml": "title = \"A\"\n[limits]\nmemory_mb = 3\n[permissions]\nenv = [\"KEY\"]",
    ])
    let app = try #require(try scanner.read("a"))
    #expect(app.manifest.title == "A")
    #expect(app.manifest.limits.memory == 3)
    #expect(app.program.environment == ["KEY": "value"])
  }

  @Test("refuses an unknown key of a manifest with a suggestion")
  func unknownManifestKey() throws {
    try write(["a/init.lua": "", "a/app.toml": "tittle = \"A\""])
    #expect(throws: HostError.self) { try self.scanner.read("a") }
    do { _ = try scanner.read("a") } catch {
      #expect(error.message.hasSuffix("a/app.toml: unknown setting tittle; did you mean title?"))
    }
  }

  @Test("refuses a file and a folder of one name, and names that are no path")
  func ambiguousNames() throws {
    try write(["a.lua": "", "a/init.lua": "", "b c.lua": "", "perigee.lua": ""])
    for name in ["a", "b c", "perigee"] {
      #expect(throws: HostError.self) { try self.scanner.read(name) }
    }
  }

  @Test("sees no difference between two reads of the same files, and each kind of change")
  func differences() throws {
    try write(["a/init.lua": "x = 1", "a/lib/m.lua": ""])
    let first = try #require(try scanner.read("a"))
    #expect(first.runsSame(as: try #require(try scanner.read("a"))))
    for change in [
      "a/init.lua": "x = 2", "a/lib/m.lua": "y", "a/b.lua": "", "a/app.toml": "spa = true",
    ] {
      try write([change.key: change.value])
      let changed = try #require(try scanner.read("a"))
      #expect(!first.runsSame(as: changed), "\(change.key)")
      try FileManager.default.removeItem(atPath: root)
      try write(["a/init.lua": "x = 1", "a/lib/m.lua": ""])
    }
  }

  @Test("reads what perigee new writes")
  func template() throws {
    let files = try AppTemplate(name: "guest-book").write(below: root)
    #expect(files.contains("\(root)/guest-book/init.lua"))
    #expect(try scanner.read("guest-book")?.namespaces == ["/guest-book"])
    #expect(throws: HostError.self) { try AppTemplate(name: "guest-book").write(below: self.root) }
    #expect(throws: HostError.self) { try AppTemplate(name: "../x") }
    let settings = {
      var settings = HostConfiguration()
      settings.plugins = root
      return settings
    }()
    let reports = try AppCheck(settings: settings, environment: [:]).run()
    #expect(reports.count == 1)
    #expect(throws: Never.self) { try reports[0].result.get() }
  }
}
