import AppHost
import ArgumentParser
import Foundation

/// The flags from which a configuration is read; every command that runs apps takes them.
struct SettingOptions: ParsableArguments {
  @Option(name: .long, help: "The TOML file; perigee.toml is read if it is there.")
  var config: String?

  @Option(name: .long, help: "The folder of the apps (default: Plugins).")
  var plugins: String?

  @Option(name: .long, help: "The folder of the host's own pages (default: www).")
  var www: String?

  @Option(
    name: .customLong("set"),
    help: "Any setting, as KEY=VALUE; `perigee settings` lists them. May be repeated.")
  var assignments: [String] = []

  /// Reads the configuration.
  /// - Parameter flags: what the command's own flags say, by key.
  func read(_ flags: [(key: String, value: String?)] = []) throws -> HostConfiguration {
    var given = try assignments.map { assignment in
      let parts = assignment.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      guard parts.count == 2 else {
        throw ValidationError("--set \(assignment): write it as KEY=VALUE")
      }
      return (key: String(parts[0]), value: String(parts[1]))
    }
    for (key, value) in flags + [("server.plugins", plugins), ("server.www", www)] {
      if let value { given.append((key, value)) }
    }
    return try ConfigurationReader(environment: ProcessInfo.processInfo.environment)
      .read(file: config, flags: given)
  }
}
