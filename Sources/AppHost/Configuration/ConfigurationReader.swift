// Puts a configuration together: defaults, then the file, then the environment, then flags; the
// later wins. Called once at start by the command line.

import Foundation

/// Reads ``HostConfiguration`` from its three sources.
public struct ConfigurationReader {
  /// The file that is read when none is named and it exists.
  public static let defaultFile = "perigee.toml"

  private let environment: [String: String]

  public init(environment: [String: String]) {
    self.environment = environment
  }

  /// - Parameters:
  ///   - file: the TOML file; nil reads ``defaultFile`` if there is one.
  ///   - flags: dotted keys and values given on the command line.
  /// - Throws: ``HostError`` that names the source and the key.
  public func read(file: String?, flags: [(key: String, value: String)]) throws(HostError)
    -> HostConfiguration
  {
    var configuration = HostConfiguration()
    try applyFile(file, to: &configuration)
    try applyEnvironment(to: &configuration)
    for flag in flags {
      try HostConfiguration.settings.setting(flag.key, from: "command line")
        .apply(.text(flag.value), to: &configuration, from: "command line")
    }
    try configuration.check()
    return configuration
  }

  private func applyFile(_ file: String?, to configuration: inout HostConfiguration)
    throws(HostError)
  {
    let path = file ?? Self.defaultFile
    if file == nil, !FileManager.default.fileExists(atPath: path) { return }
    guard let text = try? String(contentsOfFile: path, encoding: .utf8) else {
      throw HostError(.configuration, "\(path): cannot be read; is it there, and UTF-8 text?")
    }
    try HostConfiguration.settings.apply(toml: text, file: path, to: &configuration)
  }

  /// A variable that begins as ours but names no setting is a typo, and as much an error as an
  /// unknown key of the file.
  private func applyEnvironment(to configuration: inout HostConfiguration) throws(HostError) {
    let settings = HostConfiguration.settings.settings
    for (name, value) in environment.sorted(by: { $0.key < $1.key })
    where name.hasPrefix("PERIGEE_") {
      guard let setting = settings.first(where: { $0.environmentName == name }) else {
        let suggestion = nearest(to: name, in: settings.map(\.environmentName))
        let remedy = suggestion.map { "; did you mean \($0)?" } ?? ""
        throw HostError(.configuration, "environment: unknown variable \(name)\(remedy)")
      }
      try setting.apply(.text(value), to: &configuration, from: name)
    }
  }
}
