// The command line of the load generator: a subcommand per scenario, and `suite` for all of them.

import ArgumentParser

@main
struct PerigeeLoad: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "perigee-load",
    abstract: "Loads any Socket.IO server over WebSocket and measures how it takes it.",
    subcommands: [Echo.self, FanOut.self, Idle.self, Churn.self, Suite.self])
}
