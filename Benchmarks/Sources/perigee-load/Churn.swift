import ArgumentParser
import LoadGenerator

struct Churn: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Connects, joins the namespace and leaves, over and over.")

  @OptionGroup var stage: StageOptions

  @Option(help: "How many lives go on side by side.")
  var lanes = 16

  func validate() throws {
    guard lanes > 0 else { throw ValidationError("lanes is above zero") }
  }

  func run() async throws {
    try await stage.run([ChurnScenario(lanes: lanes)])
  }
}
