import AppHost
import ArgumentParser
import Logging
import LuaRuntime
import Transport

/// `perigee conformance`: what the protocols' conformance suites talk to.
struct Conformance: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Serve what the protocol conformance suites need.",
    discussion: """
      An Engine.IO echo on /engine.io/, the namespaces / and /custom on /socket.io/, and a \
      WebSocket echo on /websocket-echo, with the suites' short time-outs.
      """)

  @Option(name: .shortAndLong, help: "The port to listen on; 0 takes a free one.")
  var port: Int = 8080

  @Option(name: .long, help: "The engine of a cluster, whose nodes serve one another's sessions.")
  var engine: String = ""

  private static let root = """
    local Root = {}
    function Root:on_connect(auth) self:emit("auth", auth or {}) end
    function Root:on_message(...) self:emit("message-back", ...) end
    function Root:on_any(event, ...)
      if event == "message-with-ack" then return ... end
    end
    return Root
    """

  private static let custom = """
    local Custom = {}
    function Custom:on_connect(auth) self:emit("auth", auth or {}) end
    return Custom
    """

  func run() async throws {
    var settings = HostConfiguration()
    settings.port = port
    settings.engineURL = engine
    settings.socketPaths = ["/socket.io/"]
    settings.pingInterval = 300
    settings.pingTimeout = 200
    settings.connectTimeout = 1_000
    settings.perMessageDeflate = true
    let logger = Logger.perigee(level: "info")
    let host = try PerigeeHost(
      configuration: settings, environment: [:], logger: logger,
      endpoints: [("/engine.io/", EngineEcho())],
      responder: { WebSocketEcho(path: "/websocket-echo", others: $0) })
    let program = LuaProgram(
      scripts: [
        LuaScript(namespace: "/", file: "root.lua", source: Array(Self.root.utf8)),
        LuaScript(namespace: "/custom", file: "custom.lua", source: Array(Self.custom.utf8)),
      ], modules: [], environment: [:])
    let app = AppSource(name: "conformance", manifest: AppManifest(), program: program)
    try await HostService(host: host, settings: settings, logger: logger, apps: [app])
      .runUntilShutdown()
  }
}
