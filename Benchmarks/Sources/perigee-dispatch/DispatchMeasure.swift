import LuaRuntime

/// Measures what one event costs in the runtime alone, without transport: JSON argument in, Lua
/// handler, `emit` out, the outbox read and cleared as an owner would.
struct DispatchMeasure: Sendable {
  var name: String
  var events: Int
  var seconds: Double
  var eventsPerSecond: Double { Double(events) / seconds }

  /// Runs both standard cases: a small argument with a small reply, and a 150-byte object echoed.
  static func standard(events: Int = 1_000_000) throws(LuaError) -> [DispatchMeasure] {
    try [
      measure("small", handler: ping, payload: #"["ping",{"type":"x"}]"#, events: events),
      measure("object", handler: echo, payload: object, events: events),
    ]
  }

  /// Dispatches `payload` to `handler`, the source of a script, `events` times in batches of 64.
  static func measure(
    _ name: String, handler: String, payload: String, events: Int
  ) throws(LuaError) -> DispatchMeasure {
    let isolate = try LuaIsolate(app: "measure")
    let script = LuaScript(namespace: "/", file: "measure.lua", source: Array(handler.utf8))
    try isolate.load(LuaProgram(scripts: [script]))
    isolate.open(socket: 1, namespace: "/", id: "measure", session: 1)
    isolate.connect(socket: 1, auth: nil)
    isolate.clearOutbox()
    var bytes = 0
    let bytesIn = Array(payload.utf8)
    let clock = ContinuousClock()
    let elapsed = clock.measure {
      bytesIn.withUnsafeBytes { input in
        for index in 1...max(1, events) {
          isolate.event(socket: 1, payload: input)
          guard index.isMultiple(of: 64) || index == events else { continue }
          for command in isolate.outbox where command.kind == .emit { bytes += command.body.count }
          isolate.clearOutbox()
        }
      }
    }
    guard bytes > 0 else { throw LuaError(code: .state, message: "the handler emitted nothing") }
    let seconds =
      Double(elapsed.components.seconds) + Double(elapsed.components.attoseconds) * 1e-18
    return DispatchMeasure(name: name, events: events, seconds: seconds)
  }

  private static let ping = """
    function on_ping(self, attack)
      self:emit("pong", { sound = "pong" })
    end
    """

  private static let echo = """
    function on_echo(self, object)
      self:emit("echo", object)
    end
    """

  private static let object = """
    ["echo",{"id":184467,"user":"5f0f9c1e","name":"Ada Lovelace","text":"The engine weaves algebra",\
    "tags":["a","b","c"],"score":0.75,"position":{"x":12,"y":-7},"open":true}]
    """
}
