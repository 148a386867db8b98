import ArgumentParser
import LoadGenerator

struct Suite: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Runs all scenarios in alternating rounds and prints medians.",
    discussion: "The server needs what Benchmarks/apps/bench.lua offers.")

  @OptionGroup var stage: StageOptions

  @Option(help: "How many times each scenario runs.")
  var rounds = 3

  @Option(help: "How many connections the idle scenario opens.")
  var idleConnections = 2000

  @Flag(help: "One short round of each scenario, only to see that everything works.")
  var quick = false

  func validate() throws {
    guard rounds > 0, idleConnections > 0 else {
      throw ValidationError("rounds and idle-connections are above zero")
    }
  }

  func run() async throws {
    guard quick else {
      return try await stage.run(scenarios(idleConnections: idleConnections), rounds: rounds)
    }
    var stage = stage
    stage.warmup = 0.1
    stage.duration = 0.4
    try await stage.run(scenarios(idleConnections: 200))
  }

  private func scenarios(idleConnections: Int) -> [any Scenario] {
    [
      echo(connections: 1, inFlight: 1),
      echo(connections: 64, inFlight: 1),
      echo(connections: 64, inFlight: 16),
      fanOut(subscribers: 100, inFlight: 1),
      fanOut(subscribers: 100, inFlight: 16),
      ChurnScenario(lanes: 16),
      IdleScenario(connections: idleConnections),
    ]
  }

  private func echo(connections: Int, inFlight: Int) -> EchoScenario {
    EchoScenario(
      connections: connections, inFlight: inFlight,
      message: MessageTemplate(event: "echo", payload: 32), answer: .ack)
  }

  private func fanOut(subscribers: Int, inFlight: Int) -> FanOutScenario {
    FanOutScenario(
      subscribers: subscribers, publishers: 1, inFlight: inFlight,
      subscription: MessageTemplate(event: "subscribe", argument: "\"fan\""),
      publication: MessageTemplate(event: "publish", payload: 32))
  }
}
