// Events through Lua: JSON text in, a handler, JSON text out, the outbox read and cleared.

import LuaRuntime

extension MicroCase {
  static let bridge = [
    dispatch(
      "bridge/small object in and out",
      script: #"function on_ping(self) self:emit("pong", { sound = "pong" }) end"#,
      payload: #"["ping",{"type":"x"}]"#, commands: 1),
    dispatch("bridge/150 bytes in and out", script: echo, payload: flat, commands: 1),
    dispatch("bridge/nested object in and out", script: echo, payload: nested, commands: 1),
    dispatch(
      "bridge/ack", script: "function on_echo(self, object) return object end",
      payload: #"["echo",{"type":"x"}]"#, ack: 1, commands: 1),
    dispatch(
      "bridge/publication",
      script: #"function on_say(self, text) self:publish("room", text) end"#,
      payload: ##"["say","hello #12.345#"]"##, commands: 1),
    dispatch(
      "bridge/no answer", script: "function on_tick(self) end", payload: #"["tick"]"#, commands: 0),
  ]

  private static let echo = #"function on_echo(self, object) self:emit("echo", object) end"#

  private static let flat = """
    ["echo",{"type":"message","room":"lobby","user":"Ada Lovelace","sent":1700000000123,\
    "text":"The engine weaves algebraic patterns as the loom weaves flowers."}]
    """

  private static let nested = """
    ["echo",{"id":184467,"user":"5f0f9c1e","name":"Ada Lovelace","text":"The engine weaves algebra",\
    "tags":["a","b","c"],"score":0.75,"position":{"x":12,"y":-7},"open":true}]
    """

  private static func dispatch(
    _ name: String, script source: String, payload: String, ack: Int64 = -1, commands: Int
  ) -> MicroCase {
    MicroCase(name, result: commands) {
      let isolate = try LuaIsolate(app: "micro")
      let script = LuaScript(namespace: "/", file: "micro.lua", source: Array(source.utf8))
      try isolate.load(LuaProgram(scripts: [script]))
      isolate.open(socket: 1, namespace: "/", id: "micro", session: 1)
      isolate.connect(socket: 1, auth: nil)
      isolate.clearOutbox()
      let input = Array(payload.utf8)
      return {
        input.withUnsafeBytes { isolate.event(socket: 1, payload: $0, ack: ack) }
        defer { isolate.clearOutbox() }
        return isolate.outbox.count { !$0.body.isEmpty && $0.kind != .failure }
      }
    }
  }
}
