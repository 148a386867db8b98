import ArgumentParser
import LoadGenerator

struct FanOut: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Publishes to many subscribers and checks that each gets everything once.")

  @OptionGroup var stage: StageOptions

  @Option(help: "How many connections subscribe.")
  var subscribers = 100

  @Option(help: "How many connections publish.")
  var publishers = 1

  @Option(help: "How many publications each publisher has in flight.")
  var inFlight = 16

  @Option(help: "Bytes of a publication's string.")
  var payload = 32

  @Option(help: "The event that subscribes; the server must ack it.")
  var subscribeEvent = "subscribe"

  @Option(help: "JSON arguments of the subscribing event.")
  var subscribeArgument = "\"fan\""

  @Option(help: "The event that publishes.")
  var publishEvent = "publish"

  func validate() throws {
    guard subscribers > 0, publishers > 0, inFlight > 0 else {
      throw ValidationError("subscribers, publishers and in-flight are above zero")
    }
  }

  func run() async throws {
    let scenario = FanOutScenario(
      subscribers: subscribers, publishers: publishers, inFlight: inFlight,
      subscription: MessageTemplate(event: subscribeEvent, argument: subscribeArgument),
      publication: MessageTemplate(event: publishEvent, payload: payload))
    try await stage.run([scenario])
  }
}
