import ArgumentParser
import LoadGenerator

struct Suite: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Runs all scenarios in alternating rounds and prints medians.",
    discussion: "The server needs what Benchmarks/apps/bench.lua offers.")

  @OptionGroup var stage: StageOptions

  @Option(help: "How many times each scenario runs, but for the idle one, which runs once.")
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
    var stage = stage
    if quick {
      stage.warmup = 0.1
      stage.duration = 0.4
    }
    // Memory that other scenarios have left to the server would hide what connections need.
    let idle = IdleScenario(connections: quick ? 200 : idleConnections)
    try await stage.run(scenarios, rounds: quick ? 1 : rounds, first: [idle])
  }

  private var scenarios: [any Scenario] {
    [
      echo(connections: 1, inFlight: 1),
      echo(connections: 64, inFlight: 1),
      echo(connections: 64, inFlight: 16),
      fanOut(subscribers: 100, inFlight: 1),
      fanOut(subscribers: 100, inFlight: 16),
      ChurnScenario(lanes: 16),
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
