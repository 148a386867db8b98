// The command line: `perigee serve`, `check`, `new`, `types`, `dev-cert`, `conformance`. Parses,
// calls AppHost, prints; decides nothing itself.

import ArgumentParser

@main
struct Perigee: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "perigee",
    abstract: "A realtime application host: folders of Lua scripts, served over Socket.IO.",
    discussion: """
      Apps are found in the folder Plugins: chat.lua or chat/init.lua serves the namespace /chat. \
      Saving a script puts it in service at once.
      """,
    version: "perigee \(version)",
    subcommands: [
      Serve.self, Check.self, New.self, Types.self, Settings.self, DevCert.self, Conformance.self,
    ],
    defaultSubcommand: Serve.self)

  static let version = "0.3.0"
}
