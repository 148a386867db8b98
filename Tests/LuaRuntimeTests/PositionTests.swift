import LuaRuntime
import Testing

/// Subscriptions whose client wants positions.
@Suite struct PositionTests {
  private let script = """
    local H = {}
    function H:subscribe_room(id) self:emit("first") return "room-" .. id end
    function H:subscribe_same() end
    function H:subscribe_never() return false end
    function H:subscribe_later() perigee.sleep(1) return "later-1" end
    return H
    """

  @Test func `the host gets the channel, its name, the position and the ack`() throws {
    let app = try App(script)
    let told = app.send(
      #"["subscribe",{"channel":"room","position":"AbCdEfGh:50"},7]"#, ack: 3)
    #expect(told.texts == [#"emit ["first"]"#, "subscribe room-7"])
    let command = try #require(told.last)
    #expect(command.flag && command.ackID == 3 && command.socket == App.socket)
    #expect(command.body == "room" && command.message == "AbCdEfGh:50")
  }

  @Test(arguments: [
    #"{"channel":"same"}"#, #"{"channel":"same","position":""}"#,
    #"{"channel":"same","position":null}"#,
  ])
  func `without a position the text is empty`(channel: String) throws {
    let app = try App(script)
    let told = app.send("[\"subscribe\",\(channel)]")
    #expect(told.texts == ["subscribe same"])
    #expect(told[0].flag && told[0].message.isEmpty && told[0].ackID == -1)
  }

  @Test func `a plain name wants no positions`() throws {
    let app = try App(script)
    let told = app.send(#"["subscribe","same"]"#, ack: 3)
    #expect(told.texts == ["subscribe same", "ack [true]"])
    #expect(!told[0].flag && told[0].body.isEmpty)
  }

  @Test(arguments: [
    (#"{}"#, "channel_not_specified"), (#"{"position":"x"}"#, "channel_not_specified"),
    (#"{"channel":5}"#, "channel_not_specified"), (#"{"channel":""}"#, "channel_not_specified"),
    (#"["room"]"#, "channel_not_specified"),
    (#"{"channel":"same","position":5}"#, "position_not_valid"),
    (#"{"channel":"same","position":{}}"#, "position_not_valid"),
    (#"{"channel":"nope","position":""}"#, "channel_not_available"),
    (#"{"channel":"never"}"#, "subscription_rejected"),
  ])
  func `what cannot be is answered by an error event`(channel: String, error: String) throws {
    let app = try App(script)
    let told = app.send("[\"subscribe\",\(channel)]", ack: 1)
    #expect(told.map(\.kind) == [.emit])
    #expect(told[0].body.hasPrefix("[\"error\",\"\(error)\""))
  }

  @Test func `a position beyond all measure is refused`() throws {
    let app = try App(script)
    let long = String(repeating: "x", count: 257)
    let told = app.send("[\"subscribe\",{\"channel\":\"same\",\"position\":\"\(long)\"}]")
    #expect(told[0].body.hasPrefix(#"["error","position_not_valid""#))
  }

  @Test func `the decision may wait`() throws {
    let app = try App(script)
    let sleep = try #require(
      app.send(#"["subscribe",{"channel":"later","position":"p"}]"#, ack: 9).first)
    app.isolate.wake(sleep.token)
    let told = app.take()
    #expect(told.texts == ["subscribe later-1"])
    #expect(told[0].ackID == 9 && told[0].body == "later" && told[0].message == "p")
  }

  @Test func `unsubscribe leaves the channel that the name stood for`() throws {
    let app = try App(script)
    app.send(#"["subscribe",{"channel":"room"},7]"#)
    #expect(
      app.send(#"["unsubscribe","room"]"#, ack: 1).texts == ["unsubscribe room-7", "ack [true]"])
  }
}
