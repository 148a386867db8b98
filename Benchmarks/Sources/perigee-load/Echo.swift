import ArgumentParser
import LoadGenerator

struct Echo: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Keeps messages in flight on every connection and waits for each one's answer.")

  @OptionGroup var stage: StageOptions

  @Option(help: "How many connections.")
  var connections = 64

  @Option(help: "How many messages each connection has in flight.")
  var inFlight = 1

  @Option(help: "Bytes of the string argument.")
  var payload = 32

  @Option(help: "The event to send.")
  var event = "echo"

  @Option(
    help: "JSON arguments instead of the string; TOKEN inside a string marks each message.")
  var argument: String?

  @Option(help: "The event that answers; without it, an ack is asked for.")
  var replyEvent: String?

  func validate() throws {
    guard connections > 0, inFlight > 0 else {
      throw ValidationError("connections and in-flight are above zero")
    }
  }

  func run() async throws {
    let message =
      argument.map { MessageTemplate(event: event, argument: $0) }
      ?? MessageTemplate(event: event, payload: payload)
    let scenario = EchoScenario(
      connections: connections, inFlight: inFlight, message: message,
      answer: replyEvent.map { .event($0) } ?? .ack)
    try await stage.run([scenario])
  }
}
