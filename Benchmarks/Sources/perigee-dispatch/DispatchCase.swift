/// One kind of event with the handler that takes it.
struct DispatchCase: Sendable {
  var name: String
  /// Source of the script that has the handler.
  var script: String
  /// The args array that arrives, the event's name first.
  var payload: String
  /// The id of the ack that the client wants, or -1.
  var ack: Int64 = -1
  /// How often the handler does by itself what is measured.
  var repetitions = 1
  /// Whether the handler sends something for each event.
  var answers = true

  /// Events in and out, and the JSON bridge alone: a thousand objects for each event.
  static let all = [
    DispatchCase(
      name: "small", script: #"function on_ping(self) self:emit("pong", { sound = "pong" }) end"#,
      payload: #"["ping",{"type":"x"}]"#),
    DispatchCase(name: "message", script: echo, payload: #"["echo",\#(message)]"#),
    DispatchCase(name: "object", script: echo, payload: #"["echo",\#(object)]"#),
    DispatchCase(name: "ack", script: acked, payload: #"["echo",{"type":"x"}]"#, ack: 1),
    DispatchCase(
      name: "publish", script: #"function on_say(self, text) self:publish("room", text) end"#,
      payload: ##"["say","hello #12.345#"]"##),
    DispatchCase(
      name: "plain", script: "function on_tick(self) end", payload: #"["tick"]"#, answers: false),
    bridge("decode", "json.decode(text)"),
    bridge("encode", "json.encode(value)"),
  ]

  private static let echo = #"function on_echo(self, object) self:emit("echo", object) end"#
  private static let acked = "function on_echo(self, object) return object end"

  /// 150 bytes, as a chat would send them.
  private static let message = """
    {"type":"message","room":"lobby","user":"Ada Lovelace","sent":1700000000123,\
    "text":"The engine weaves algebraic patterns as the loom weaves flowers."}
    """

  /// 161 bytes with a bit of everything.
  private static let object = """
    {"id":184467,"user":"5f0f9c1e","name":"Ada Lovelace","text":"The engine weaves algebra",\
    "tags":["a","b","c"],"score":0.75,"position":{"x":12,"y":-7},"open":true}
    """

  private static func bridge(_ name: String, _ work: String) -> DispatchCase {
    let script = """
      local json = perigee.json
      local text = [[\(object)]]
      local value = json.decode(text)
      function on_run(self)
        for _ = 1, 1000 do local _ = \(work) end
      end
      """
    return DispatchCase(
      name: name, script: script, payload: #"["run"]"#, repetitions: 1000, answers: false)
  }
}
