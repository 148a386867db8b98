import LuaRuntime

/// Measures what events cost in the runtime alone, without transport: JSON text in, Lua handler,
/// commands out, the outbox read and cleared as an owner would.
struct DispatchMeasure: Sendable {
  var name: String
  var events: Int
  var seconds: Double
  var eventsPerSecond: Double { Double(events) / seconds }

  /// Dispatches about `events` events of one kind in batches of 64.
  ///
  /// - Throws: when the script does not load, or the handler fails or does not answer.
  init(_ kind: DispatchCase, events: Int = 1_000_000) throws(LuaError) {
    let isolate = try Self.isolate(script: kind.script)
    let calls = max(1, events / kind.repetitions)
    let input = Array(kind.payload.utf8)
    var answered = 0
    var failed = 0
    let elapsed = ContinuousClock().measure {
      input.withUnsafeBytes { payload in
        for call in 1...calls {
          isolate.event(socket: 1, payload: payload, ack: kind.ack)
          guard call.isMultiple(of: 64) || call == calls else { continue }
          for command in isolate.outbox {
            switch command.kind {
            case .emit, .ack, .publish: answered += 1
            default: failed += 1
            }
          }
          isolate.clearOutbox()
        }
      }
    }
    guard failed == 0, answered == (kind.answers ? calls : 0) else {
      throw LuaError(code: .state, message: "\(kind.name): \(answered) of \(calls) were answered")
    }
    name = kind.name
    self.events = calls * kind.repetitions
    seconds = Double(elapsed.components.seconds) + Double(elapsed.components.attoseconds) * 1e-18
  }

  private static func isolate(script source: String) throws(LuaError) -> LuaIsolate {
    let isolate = try LuaIsolate(app: "measure")
    let script = LuaScript(namespace: "/", file: "measure.lua", source: Array(source.utf8))
    try isolate.load(LuaProgram(scripts: [script]))
    isolate.open(socket: 1, namespace: "/", id: "measure", session: 1)
    isolate.connect(socket: 1, auth: nil)
    isolate.clearOutbox()
    return isolate
  }
}
