import LuaRuntime
import Testing

@Suite struct ConnectTests {
  @Test func `without on_connect every socket is let in`() throws {
    let app = try App("", connected: false)
    app.open()
    app.connect()
    #expect(app.take().texts == ["accept"])
  }

  @Test func `what on_connect sends follows the acceptance`() throws {
    let app = try App(
      "function on_connect(self, auth) self:emit('auth', auth or {}) self:join('lobby') end",
      connected: false)
    app.open()
    app.connect(auth: #"{"token":"t"}"#)
    #expect(app.take().texts == ["accept", #"emit ["auth",{"token":"t"}]"#, "join lobby"])
  }

  @Test func `returning false refuses and takes back what was sent`() throws {
    let app = try App(
      "function on_connect(self) self:emit('x') self:join('r') self:broadcast('y') return false end",
      connected: false)
    app.open()
    app.connect()
    #expect(app.take().texts == [#"broadcast ["y"]"#, "refuse connection refused"])
    #expect(app.send(#"["x"]"#).isEmpty)
  }

  @Test func `reject refuses with a message and data`() throws {
    let app = try App(
      "function on_connect(self, auth) reject('who are you?', { code = auth.code }) end",
      connected: false)
    app.open()
    app.connect(auth: #"{"code":401}"#)
    #expect(app.take().texts == [#"refuse who are you? {"code":401}"#])
  }

  @Test func `an error in on_connect refuses and is reported`() throws {
    let app = try App(
      "function on_connect() error('broken') end", development: false, connected: false)
    app.open()
    app.connect()
    #expect(app.take().texts == ["failure test.lua:1: broken", "refuse internal error"])
  }

  @Test func `on_connect may wait before it decides`() throws {
    let app = try App(
      "function on_connect(self) perigee.sleep(1) reject('too late') end", connected: false)
    app.open()
    app.connect()
    let sleep = try #require(app.take().first)
    #expect(sleep.kind == .sleep && sleep.duration == .seconds(1))
    app.isolate.wake(sleep.token)
    #expect(app.take().texts == ["refuse too late"])
  }

  @Test func `a client that leaves while on_connect waits is neither let in nor seen leaving`()
    throws
  {
    let app = try App(
      "function on_connect() perigee.sleep(1) end function on_disconnect() print('left') end",
      connected: false)
    app.open()
    app.connect()
    let sleep = try #require(app.take().first)
    app.isolate.disconnect(socket: App.socket, reason: "transport close")
    app.isolate.wake(sleep.token)
    #expect(app.take().isEmpty)
  }

  @Test func `on_disconnect learns the reason and may still reach the others`() throws {
    let app = try App(
      "function on_disconnect(self, reason) self:emit('x') self:broadcast('left', reason) end")
    app.isolate.disconnect(socket: App.socket, reason: "ping timeout")
    #expect(app.take().texts == [#"broadcast ["left","ping timeout"]"#])
    #expect(app.send(#"["x"]"#).isEmpty)
  }

  @Test func `an auth that is no JSON is a violation`() throws {
    let app = try App("function on_connect() end", connected: false)
    app.open()
    app.connect(auth: "{")
    #expect(app.take().map(\.kind) == [.violation])
  }
}
