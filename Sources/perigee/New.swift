import AppHost
import ArgumentParser

/// `perigee new NAME`: a folder app to start from.
struct New: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Make a new app with a script and a page.")

  @OptionGroup var options: SettingOptions

  @Argument(help: "The app's name, which is its namespace too.")
  var name: String

  func run() throws {
    let settings = try options.read()
    let files = try AppTemplate(name: name).write(below: settings.plugins)
    for file in files { print("made \(file)") }
    print(
      "Start it with: perigee serve --dev, then open \(settings.scheme)://127.0.0.1:\(settings.port)/\(name)/"
    )
  }
}
