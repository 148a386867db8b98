import LuaRuntime
import NIOCore

@testable import AppHost

/// A script that runs, for tests that need the commands of one.
final class Script {
  static let socket: UInt64 = 7

  private let isolate: LuaIsolate

  /// - Parameter body: what the handler of the event `run` does.
  init(_ body: String) throws {
    isolate = try LuaIsolate(app: "test")
    try isolate.load(
      LuaProgram(
        scripts: [
          LuaScript(
            namespace: "/test", file: "test.lua",
            source: Array("function on_run(self, ...) \(body) end".utf8))
        ]))
    isolate.open(socket: Self.socket, namespace: "/test", id: "id", session: 1)
    isolate.connect(socket: Self.socket, auth: nil)
    isolate.clearOutbox()
  }

  /// Sends the event `run` and makes something of each command of one kind.
  func run<Made>(
    _ kind: LuaCommand.Kind, ack: Int64 = -1, _ make: (LuaCommand) -> Made
  ) -> [Made] {
    Array(#"["run"]"#.utf8).withUnsafeBytes {
      isolate.event(socket: Self.socket, payload: $0, ack: ack)
    }
    let made = isolate.outbox.filter { $0.kind == kind }.map(make)
    isolate.clearOutbox()
    return made
  }
}
