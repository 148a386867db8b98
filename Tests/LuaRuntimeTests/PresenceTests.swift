import LuaRuntime
import Testing

/// What scripts say and ask about who is present.
@Suite struct PresenceTests {
  private let script = """
    function on_track(self, ...) self:track(...) end
    function on_untrack(self, ...) self:untrack(...) end
    function on_watch(self, ...) self:watch(...) end
    function on_unwatch(self, ...) self:unwatch(...) end
    function on_there(self, ...) return perigee.presence(...) end
    function on_there_of(self, name, ...) return perigee.of(name):presence(...) end
    function on_try(self, method, ...) return select(2, pcall(self[method], self, ...)) end
    function on_meta(self, name) self:track("room", "ann", ({
      none = nil, empty = {}, marked = perigee.json.object {}, deep = { a = { { b = perigee.null } } },
    })[name]) end
    """

  @Test func `track, untrack, watch and unwatch are commands`() throws {
    let app = try App(script)
    #expect(
      app.send(#"["track","room","ann",{"age":7}]"#).texts == [#"track room ann {"age":7}"#])
    #expect(app.send(#"["track","room",7]"#).texts == ["track room 7 {}"])
    #expect(app.send(#"["watch","hall"]"#).texts == ["watch hall"])
    #expect(app.send(#"["untrack","room"]"#).texts == ["untrack room"])
    #expect(app.send(#"["unwatch","hall"]"#).texts == ["unwatch hall"])
  }

  @Test(arguments: [
    ("none", "{}"), ("empty", "{}"), ("marked", "{}"), ("deep", #"{"a":[{"b":null}]}"#),
  ])
  func `a meta is an object`(name: String, meta: String) throws {
    let app = try App(script)
    #expect(app.send("[\"meta\",\"\(name)\"]").texts == ["track room ann \(meta)"])
  }

  @Test func `what changes nothing is no command`() throws {
    let app = try App(script)
    #expect(app.send(#"["untrack","room"]"#).isEmpty)
    #expect(app.send(#"["unwatch","room"]"#).isEmpty)
    app.send(#"["watch","room"]"#)
    #expect(app.send(#"["watch","room"]"#).isEmpty)
  }

  @Test(arguments: [
    (#""track","","ann""#, "a room's or channel's name has between 1 and 256 bytes"),
    (#""track","room","""#, "a key has between 1 and 256 bytes"),
    (#""track","room""#, "string expected"),
    (#""track","room","ann","x""#, "table expected"),
    (#""track","room","ann",[1,2]"#, "a meta is a table of names and values"),
    (#""track","room","ann",[]"#, "a meta is a table of names and values"),
    (#""track","room","ann",{"ref":1}"#, #"the \"ref\" of a meta is the host's to give"#),
    (#""watch""#, "string expected"),
  ])
  func `what makes no sense is an error`(call: String, message: String) throws {
    #expect(try App(script).ask("[\"try\",\(call)]").contains(message))
  }

  @Test func `a long meta is an error that names the setting`() throws {
    let app = try App(script, limits: LuaLimits(presenceMetaBytes: 20))
    #expect(app.send(#"["track","room","ann",{"a":"23456789012"}]"#).texts.count == 1)
    let answer = app.ask(#"["try","track","room","ann",{"a":"2345678901234"}]"#)
    #expect(answer.contains("a meta has at most 20 bytes (limits.presence_meta_bytes)"))
  }

  @Test func `the number of those who are tracked is bounded, updates are always possible`() throws
  {
    let app = try App(script, limits: LuaLimits(presenceEntries: 3))
    app.join(8...9)
    app.send(#"["track","a","ann"]"#)
    app.send(#"["track","b","ann"]"#)
    app.send(#"["track","a","bob"]"#, to: 8)
    let message = "more clients are present than limits.presence_entries allows"
    #expect(app.ask(#"["try","track","c","ann"]"#).contains(message))
    #expect(app.send(#"["track","a","ann",{"x":1}]"#).texts == [#"track a ann {"x":1}"#])
    app.disconnect(8)
    #expect(app.send(#"["track","a","eve"]"#, to: 9).texts == ["track a eve {}"])
    app.send(#"["untrack","b"]"#)
    #expect(app.send(#"["track","b","eve"]"#, to: 9).texts == ["track b eve {}"])
  }

  @Test func `the channels of a client are bounded`() throws {
    let app = try App(
      "function on_run(self) for i = 1, 1025 do self:watch('c' .. i) end end")
    let told = app.send(#"["run"]"#)
    #expect(told.filter { $0.kind == .watch }.count == 1_024)
    #expect(
      told.last { $0.kind == .failure }?.failure?.message.contains("too many channels") == true)
  }

  @Test func `who is present is asked with the namespace, the channel and perhaps a key`() throws {
    let app = try App(
      script,
      presence: { question in
        let key = question.key.map { "\"\($0)\"" } ?? "null"
        let text = #"{"asked":["\#(question.namespace)","\#(question.channel)",\#(key)]}"#
        return Array(text.utf8)
      })
    #expect(app.ask(#"["there","room"]"#) == #"{"asked":["/test","room",null]}"#)
    #expect(app.ask(#"["there","room","ann"]"#) == #"{"asked":["/test","room","ann"]}"#)
    #expect(app.ask(#"["there_of","/test","hall"]"#) == #"{"asked":["/test","hall",null]}"#)
  }

  @Test func `nobody is an empty table`() throws {
    #expect(try App(script).ask(#"["there","room"]"#) == "{}")
  }

  @Test func `what a client that is refused was entered as is taken back`() throws {
    let app = try App(
      """
      function on_connect(self)
        self:track("room", "ann") self:watch("hall")
        return false
      end
      """)
    app.open(8)
    app.connect(8)
    #expect(app.take().map(\.kind) == [.refuse])
  }

  @Test func `for a client that is gone nothing happens`() throws {
    let app = try App(
      """
      local other
      function on_keep(self) other = self end
      function on_run() other:track("room", "ann") other:watch("hall") end
      """)
    app.send(#"["keep"]"#)
    app.join([8])
    app.disconnect()
    #expect(app.send(#"["run"]"#, to: 8).isEmpty)
  }
}
