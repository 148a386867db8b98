import ArgumentParser
import LoadGenerator

struct Idle: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Opens connections that only stay, and reports the memory of each (needs --pid).")

  @OptionGroup var stage: StageOptions

  @Option(help: "How many connections.")
  var connections = 2000

  func validate() throws {
    guard connections > 0 else { throw ValidationError("connections is above zero") }
  }

  func run() async throws {
    try await stage.run([IdleScenario(connections: connections)])
  }
}
