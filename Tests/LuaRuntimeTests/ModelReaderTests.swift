import LuaRuntime
import Testing

/// Who gets a model, and what comes first: its value, and from then on the patches.
@Suite struct ModelReaderTests {
  private static let rooms = """
    rooms = perigee.model("room", function(key) return { key = key, n = 0 } end, {
      read = function(self, key) return key ~= "secret" end,
      key = function(self, asked) return asked or "lobby" end })
    function on_add(self, key) rooms[key].n = rooms[key].n + 1 end
    function on_drop(self, key) rooms[key] = nil end
    function on_keys() local keys = {} for key in pairs(rooms) do keys[#keys + 1] = key end return keys end
    """

  @Test func `a subscription comes with the value and a position`() throws {
    let app = try App("m = perigee.model('m', { n = 1 })")
    let told = app.send(#"["subscribe",{"channel":"model:m","position":"p"}]"#, ack: 3)
    #expect(told.map(\.kind) == [.subscribe])
    #expect(told[0].name == "model:m" && told[0].flag && told[0].ackID == 3)
    #expect(told[0].rooms == [#"{"n":1}"#] && told[0].message == "p" && told[0].body == "model:m")
  }

  @Test func `a plain name is answered in the same way`() throws {
    let app = try App("m = perigee.model('m', { n = 1 })")
    let told = app.send(#"["subscribe","model:m"]"#, ack: 3)
    #expect(told.map(\.kind) == [.subscribe] && told[0].flag && told[0].message.isEmpty)
    #expect(told[0].rooms == [#"{"n":1}"#])
  }

  @Test func `what is pending is published before the value`() throws {
    let app = try App(
      """
      m = perigee.model("m", { n = 1 }, { read = function() m.n = m.n + 1 return true end })
      """)
    let told = app.send(#"["subscribe",{"channel":"model:m"}]"#, ack: 3)
    #expect(told.map(\.kind) == [.publish, .subscribe] && told[1].rooms == [#"{"n":2}"#])
  }

  @Test(arguments: [
    ("model:other", "channel_not_available"), ("model:", "channel_not_available"),
    ("model:m:key", "channel_not_available"), ("model:closed", "subscription_rejected"),
  ])
  func `an unknown model and a refused one are errors`(channel: String, error: String) throws {
    let app = try App(
      """
      perigee.model("m", {})
      perigee.model("closed", {}, { read = function() return false end })
      """)
    let told = app.send("[\"subscribe\",{\"channel\":\"\(channel)\"}]", ack: 5)
    #expect(told.map(\.kind) == [.emit])
    let arguments = try JSONTree(told[0].body).items
    #expect(arguments[1] == .string(error))
    #expect(arguments[3] == .object(["event": .string("subscribe"), "ack": .number(5)]))
  }

  @Test func `read may wait`() throws {
    let app = try App("perigee.model('m', {}, { read = function() perigee.sleep(1) return true end })")
    let told = app.send(#"["subscribe",{"channel":"model:m"}]"#, ack: 3)
    #expect(told.map(\.kind) == [.sleep])
    app.isolate.wake(told[0].token)
    #expect(app.take().map(\.kind) == [.subscribe])
  }

  @Test func `keys make values of their own`() throws {
    let app = try App(Self.rooms)
    #expect(try JSONTree(app.snapshot("room")) == JSONTree(#"{"key":"lobby","n":0}"#))
    #expect(try JSONTree(app.snapshot("room", asked: "a")) == JSONTree(#"{"key":"a","n":0}"#))
    #expect(try JSONTree(app.snapshot("room:b")) == JSONTree(#"{"key":"b","n":0}"#))
    #expect(app.snapshot("room", asked: "secret").contains("subscription_rejected"))
    #expect(
      app.send(#"["add","a"]"#).texts
        == [#"publish model:room:a {"patch":[{"op":"replace","path":"/n","value":1}]}"#])
    let command = try #require(
      app.send(#"["subscribe",{"channel":"model:room"},"a"]"#, ack: 1).first)
    #expect(command.name == "model:room:a" && command.body == "model:room")
    #expect(app.send(#"["unsubscribe","model:room"]"#).first?.name == "model:room:a")
  }

  @Test func `a dropped value begins anew`() throws {
    let app = try App(Self.rooms)
    _ = app.send(#"["add","a"]"#)
    _ = app.send(#"["drop","a"]"#)
    #expect(app.ask(#"["keys"]"#) == "{}")
    #expect(try JSONTree(app.snapshot("room", asked: "a")) == JSONTree(#"{"key":"a","n":0}"#))
  }

  @Test(arguments: ["{}", "\"\"", "true", "null", "[1]"])
  func `without a key function a key is a text or a whole number`(asked: String) throws {
    let app = try App("perigee.model('room', function(key) return {} end)")
    let told = app.send("[\"subscribe\",{\"channel\":\"model:room\"},\(asked)]", ack: 1)
    #expect(told.first?.body.contains("subscription_rejected") == true)
    #expect(app.send(#"["subscribe",{"channel":"model:room"},7]"#).first?.name == "model:room:7")
  }

  @Test func `the number of values has a bound`() throws {
    let app = try App(
      """
      rooms = perigee.model("room", function(key) return {} end)
      function on_fill(self, from, to) for i = from, to do local room = rooms[i] end return true end
      """, limits: LuaLimits(eventTime: .seconds(20)))
    #expect(app.ask(#"["fill",1,10000]"#) == "true")
    let failure = app.send(#"["fill",10001,10001]"#).first?.failure
    #expect(failure?.description == "test.lua:2: an app has at most 10000 models")
  }

  @Test func `the manifest names the models`() throws {
    let app = try App("perigee.model('b', {}) perigee.model('a', function() return {} end)")
    let manifest = try JSONTree(String(decoding: app.isolate.manifest, as: UTF8.self))
    #expect(
      try manifest["models"]
        == JSONTree(
          #"""
          [{"name":"a","namespace":"/test","keyed":true},{"name":"b","namespace":"/test","keyed":false}]
          """#))
  }

  @Test func `the history of a model is what it asks for`() throws {
    let app = try App("perigee.model('m', {}, { history = 50 })", connected: false)
    let history = try #require(app.take().first { $0.kind == .history })
    #expect(history.name == "model:m" && history.number == 50 && history.namespace == "/test")
  }
}
