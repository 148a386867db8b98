import Foundation
import Testing

@testable import AppHost

@Suite("A configuration")
struct ConfigurationTests {
  private func read(
    _ toml: String, environment: [String: String] = [:], flags: [(key: String, value: String)] = []
  ) throws -> HostConfiguration {
    let file = FileManager.default.temporaryDirectory.appending(path: "\(UUID()).toml")
    try toml.write(to: file, atomically: true, encoding: .utf8)
    defer { try? FileManager.default.removeItem(at: file) }
    return try ConfigurationReader(environment: environment).read(file: file.path, flags: flags)
  }

  private func message(_ body: () throws -> Void) -> String {
    do {
      try body()
      return "no error"
    } catch {
      return "\(error)"
    }
  }

  @Test("takes the file, then the environment, then flags")
  func precedence() throws {
    let toml =
      "[server]\nport = 1\nhost = \"::1\"\nsocket_paths = [\"/a/\"]\n[limits]\nmemory_mb = 7"
    let configuration = try read(
      toml, environment: ["PERIGEE_SERVER_PORT": "2", "PERIGEE_SERVER_DEV": "true", "HOME": "x"],
      flags: [("server.port", "3"), ("server.allowed_hosts", "a, b")])
    #expect(configuration.port == 3)
    #expect(configuration.host == "::1")
    #expect(configuration.development)
    #expect(configuration.socketPaths == ["/a/"])
    #expect(configuration.allowedHosts == ["a", "b"])
    #expect(configuration.appLimits.memory == 7)
  }

  @Test(
    "suggests the nearest key for an unknown one",
    arguments: [
      ("[server]\nprot = 1", "did you mean server.port?"),
      ("port = 1", "did you mean server.port?"),
      ("[sever]\nport = 1", "unknown setting sever"),
      ("[limits]\nmemory = 1", "did you mean limits.memory_mb?"),
      ("[limits.deep]\nmemory_mb = 1", "unknown setting limits.deep"),
    ])
  func unknownKeys(toml: String, expected: String) {
    #expect(message { _ = try read(toml) }.contains(expected))
  }

  @Test("says what a value must be")
  func wrongValues() {
    #expect(
      message { _ = try read("[server]\nport = 70000") }
        .hasSuffix("server.port must be an integer from 0 to 65535"))
    #expect(message { _ = try read("[server]\ndev = 1") }.contains("must be true or false"))
    #expect(
      message { _ = try read("[server]\nsocket_paths = [\"x\"]") }.contains("a list of paths"))
    #expect(message { _ = try read("[server]\nallowed_hosts = [1]") }.contains("a list of strings"))
  }

  @Test("names the line of broken TOML")
  func brokenToml() {
    #expect(message { _ = try read("[server]\nport = = 1") }.contains(".toml:2: "))
  }

  @Test("refuses misspelt environment variables")
  func unknownVariables() {
    let text = message { _ = try read("", environment: ["PERIGEE_SERVER_PRT": "1"]) }
    #expect(
      text == "environment: unknown variable PERIGEE_SERVER_PRT; did you mean PERIGEE_SERVER_PORT?")
  }

  @Test("is documented key by key")
  func documentation() throws {
    let root = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "../../../docs/configuration.md")
    let text = try String(contentsOf: root, encoding: .utf8)
    let host = text.prefix(upTo: try #require(text.range(of: "## app.toml")).lowerBound)
    let defaults = HostConfiguration()
    for setting in HostConfiguration.settings.settings {
      let row = "| `\(setting.key)` | `\(setting.show(defaults))` |"
      #expect(host.split(separator: "\n").count { $0.hasPrefix(row) } == 1, "\(setting.key)")
    }
    for setting in AppManifest.settings.settings where !setting.key.hasPrefix("limits.") {
      #expect(text.contains("| `\(setting.key)` |"), "\(setting.key)")
    }
  }

  @Test("accepts every default that it prints")
  func defaultsRoundTrip() throws {
    let defaults = HostConfiguration()
    for setting in HostConfiguration.settings.settings {
      let parts = setting.key.split(separator: ".")
      let toml = "[\(parts[0])]\n\(parts[1]) = \(setting.show(defaults))"
      #expect(try read(toml) == defaults)
    }
  }
}
