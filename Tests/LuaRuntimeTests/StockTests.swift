import Foundation
import LuaRuntime
import Testing

/// The own versions of library functions answer as those of the stock interpreter, error messages
/// included. Needs the `lua5.4` command; the cases are random, the same for the same seed.
@Suite struct StockTests {
  static let stock = ["/usr/bin/lua5.4", "/usr/local/bin/lua5.4"].first {
    FileManager.default.isExecutableFile(atPath: $0)
  }
  static let seeds = 1...max(1, fuzzIterations / 1000)

  private func runStock(_ code: String) throws -> String {
    let process = Process()
    process.executableURL = URL(filePath: try #require(Self.stock))
    process.arguments = ["-"]
    let input = Pipe()
    let output = Pipe()
    process.standardInput = input
    process.standardOutput = output
    try process.run()
    input.fileHandleForWriting.write(Data(code.utf8))
    input.fileHandleForWriting.closeFile()
    let text = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return String(decoding: text, as: UTF8.self)
  }

  @Test(.enabled(if: stock != nil), arguments: ["patterns", "tables"])
  func `the same calls have the same results`(kind: String) throws {
    let app = try App(
      "local cases = (function() \(stockComparison)\nend)() "
        + "function on_run(self, seed) print(cases.\(kind)(seed, 200)) end",
      limits: LuaLimits(eventTime: .seconds(20)))
    for seed in Self.seeds {
      let ours = app.send("[\"run\",\(seed)]").first?.body.split(separator: "\n") ?? []
      let theirs = try runStock(
        "local cases = (function() \(stockComparison)\nend)() io.write(cases.\(kind)(\(seed), 200))"
      )
      let lines = theirs.split(separator: "\n")
      #expect(ours.count == lines.count)
      for (mine, expected) in zip(ours, lines) where mine != expected {
        Issue.record("seed \(seed)\nhere  \(mine)\nstock \(expected)")
      }
    }
  }
}

/// How many cases the fuzz tests try, `FUZZ_ITERATIONS` or 3000.
let fuzzIterations =
  ProcessInfo.processInfo.environment["FUZZ_ITERATIONS"].flatMap(Int.init) ?? 3000
