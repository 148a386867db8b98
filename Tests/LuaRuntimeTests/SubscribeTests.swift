import LuaRuntime
import Testing

@Suite struct SubscribeTests {
  private let script = """
    local H = {}
    function H:subscribe_room(id) self:emit("first") return "room-" .. id end
    function H:subscribe_same() end
    function H:subscribe_yes() return true end
    function H:subscribe_never() return false end
    function H:subscribe_odd() return 5 end
    function H:subscribe_later() perigee.sleep(1) return "later-1" end
    return H
    """

  @Test func `the script chooses the channel, after what it sends, and the ack is true`() throws {
    let app = try App(script)
    #expect(
      app.send(#"["subscribe","room",7]"#, ack: 3).texts
        == [#"emit ["first"]"#, "subscribe room-7", "ack [true]"])
  }

  @Test(arguments: ["same", "yes"])
  func `nothing or true means the name that the client gave`(channel: String) throws {
    let app = try App(script)
    #expect(app.send("[\"subscribe\",\"\(channel)\"]").texts == ["subscribe \(channel)"])
  }

  @Test(arguments: [
    (#"["subscribe"]"#, "channel_not_specified"), (#"["subscribe",""]"#, "channel_not_specified"),
    (#"["subscribe",5]"#, "channel_not_specified"),
    (#"["subscribe","nope"]"#, "channel_not_available"),
    (#"["subscribe","a-b"]"#, "channel_not_available"),
    (#"["subscribe","never"]"#, "subscription_rejected"),
    (#"["subscribe","odd"]"#, "internal_error"),
    (#"["unsubscribe"]"#, "channel_not_specified"),
  ])
  func `a subscription that cannot be is answered by an error event`(
    payload: String, error: String
  ) throws {
    let app = try App(script)
    let told = app.send(payload, ack: 1)
    #expect(told.last?.body.hasPrefix("[\"error\",\"\(error)\"") == true)
    #expect(!told.contains { $0.kind == .subscribe || $0.kind == .ack })
  }

  @Test func `a subscription may wait`() throws {
    let app = try App(script)
    let sleep = try #require(app.send(#"["subscribe","later"]"#, ack: 1).first)
    app.isolate.wake(sleep.token)
    #expect(app.take().texts == ["subscribe later-1", "ack [true]"])
  }

  @Test func `unsubscribe leaves the channel that the name stood for`() throws {
    let app = try App(script)
    app.send(#"["subscribe","room",7]"#)
    #expect(
      app.send(#"["unsubscribe","room"]"#, ack: 1).texts
        == ["unsubscribe room-7", "ack [true]"])
    #expect(app.send(#"["unsubscribe","other"]"#).texts == ["unsubscribe other"])
  }

  @Test func `a script's own on_subscribe replaces the built-in one`() throws {
    let app = try App(
      "function on_subscribe(self, channel) self:subscribe('my-' .. channel) return 'mine' end")
    #expect(app.send(#"["subscribe","x"]"#, ack: 1).texts == ["subscribe my-x", #"ack ["mine"]"#])
  }

  @Test func `publish carries the message alone and as the whole event`() throws {
    let app = try App("function on_say(self, text) self:publish('room', { text = text }) end")
    let told = try #require(app.send(#"["say","hi"]"#).first)
    #expect(told.kind == .publish && told.name == "room" && told.namespace == "/test")
    #expect(told.body == #"["pubblication",{"text":"hi"}]"# && told.message == #"{"text":"hi"}"#)
  }
}
