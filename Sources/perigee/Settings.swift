import AppHost
import ArgumentParser

/// `perigee settings`: every key, its value unless set, and its meaning.
struct Settings: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "List the settings of perigee.toml with their defaults.")

  func run() {
    let defaults = HostConfiguration()
    for setting in HostConfiguration.settings.settings {
      print("\(setting.key) = \(setting.show(defaults))")
      print("    \(setting.summary)")
      print("    It is \(setting.shape); \(setting.environmentName) overrides the file.")
    }
  }
}
