import LuaRuntime
import Testing

/// Clients that go and come back.
@Suite struct ParkTests {
  private let script = """
    function on_connect(self, auth)
      print("connect", self.recovered, auth and auth.n)
      self:join("lobby")
      if auth and auth.refuse then return false end
      if auth and auth.wait then perigee.sleep(1) end
    end
    function on_disconnect(self, reason) print("gone", reason) self:emit("x") end
    function on_set(self) self.n = (self.n or 0) + 1 self.session.s = "kept" self:join("r") end
    function on_get(self) local rooms = self:rooms() table.sort(rooms)
      return self.n, self.session.s, rooms, self.recovered end
    local kept
    function on_keep(self) kept = self end
    function on_use() kept:join("a") kept:leave("r") kept:after(1, print)
      return kept:emit("x"), kept:rooms(), kept.n end
    function on_ask(self) return self:emit_with_ack("q") end
    function on_sleep(self) perigee.sleep(1) self:emit("late") return "late" end
    function on_timer(self) self:every(1, print) end
    function subscribe_room(self) perigee.sleep(1) return "room-1" end
    """

  @Test func `a fresh client is not recovered`() throws {
    let app = try App(script)
    #expect(app.ask(#"["get"]"#) == #"null,null,["lobby"],false"#)
  }

  @Test func `a client that comes back has its fields, rooms and session`() throws {
    let app = try App(script)
    app.send(#"["set"]"#)
    #expect(app.park().texts == ["log gone transport close"])
    #expect(app.send(#"["get"]"#, ack: 1).isEmpty)
    #expect(app.rejoin(auth: #"{"n":2}"#).texts == ["accept", "log connect true 2"])
    #expect(app.ask(#"["get"]"#) == #"1,"kept",["lobby","r"],true"#)
    #expect(app.disconnect().texts == ["log gone transport close"])
    #expect(app.rejoin().isEmpty)
  }

  @Test func `a client of another node has its rooms, which nobody is told again, and no fields`()
    throws
  {
    let app = try App(script)
    app.open(8)
    #expect(app.isolate.restore(socket: 8, rooms: ["lobby", "r", "r"]))
    app.connect(8)
    #expect(app.take().texts == ["accept", "log connect true nil"])
    let state = app.send(#"["get"]"#, ack: 1, to: 8).texts
    #expect(state == [#"ack [null,null,["lobby","r"],true]"#])
    app.park(8)
    app.rejoin(8)
    #expect(app.send(#"["get"]"#, ack: 1, to: 8).texts == state)
  }

  @Test func `a client cannot be restored to more rooms than it may have`() throws {
    let app = try App(script)
    app.open(8)
    #expect(!app.isolate.restore(socket: 8, rooms: (0..<2_000).map { "room \($0)" }))
    #expect(!app.isolate.restore(socket: 9, rooms: ["r"]))
  }

  @Test func `while it is away its methods do nothing, but its rooms are known`() throws {
    let app = try App(script)
    app.join([8])
    app.send(#"["set"]"#)
    app.send(#"["keep"]"#)
    app.park()
    #expect(app.send(#"["use"]"#, ack: 1, to: 8).texts == [#"ack [false,["r","lobby"],1]"#])
    app.rejoin()
    #expect(app.ask(#"["get"]"#) == #"1,"kept",["lobby","r"],true"#)
    app.park()
    app.isolate.forget(socket: App.socket)
    #expect(app.send(#"["use"]"#, ack: 1, to: 8).texts == ["ack [false,[],1]"])
  }

  @Test func `its acks and timers end when it goes`() throws {
    let app = try App(script)
    app.send(#"["timer"]"#)
    let asked = app.send(#"["ask"]"#, ack: 1)
    #expect(app.park().texts == ["timerCancel", "log gone transport close"])
    #expect(app.isolate.timers == 0 && app.isolate.suspended == 0)
    app.rejoin()
    #expect(app.acknowledge(asked[0].number, "[1]").isEmpty)
  }

  @Test func `a handler that waited through it acks nothing to the one that came back`() throws {
    let app = try App(script)
    let sleep = try #require(app.send(#"["sleep"]"#, ack: 1).first)
    let subscribing = try #require(app.send(#"["subscribe","room"]"#, ack: 2).first)
    app.park()
    app.rejoin()
    app.isolate.wake(sleep.token)
    app.isolate.wake(subscribing.token)
    #expect(app.take().texts == [#"emit ["late"]"#])
  }

  @Test func `one that is refused when it comes back is forgotten`() throws {
    let app = try App(script)
    app.park()
    #expect(
      app.rejoin(auth: #"{"refuse":1}"#).texts
        == ["log connect true nil", "refuse connection refused"])
    #expect(app.rejoin().isEmpty && app.send(#"["get"]"#, ack: 1).isEmpty)
  }

  @Test func `middleware is asked again`() throws {
    let app = try App(
      "middleware = { function(self) if self.recovered then reject('no', 5) end end }")
    app.park()
    #expect(app.rejoin().texts == ["refuse no 5"])
  }

  @Test func `a client may go again while on_connect waits`() throws {
    let app = try App(script)
    app.park()
    let first = try #require(app.rejoin(auth: #"{"wait":1}"#).last)
    #expect(app.park().isEmpty)
    let second = try #require(app.rejoin(auth: #"{"wait":1}"#).last)
    app.isolate.wake(first.token)
    #expect(app.take().isEmpty)
    app.isolate.wake(second.token)
    #expect(app.take().texts == ["accept"])
    app.park()
    app.rejoin(auth: #"{"wait":1}"#)
    #expect(app.disconnect().isEmpty && app.rejoin().isEmpty)
  }

  @Test func `one that was never let in is not kept`() throws {
    let app = try App(script, connected: false)
    app.open()
    app.connect(auth: #"{"wait":1}"#)
    app.take()
    #expect(app.park().isEmpty && app.rejoin().isEmpty)
  }

  @Test func `disconnect forgets a parked one without another on_disconnect`() throws {
    let app = try App(script)
    app.park()
    #expect(app.disconnect().isEmpty && app.rejoin().isEmpty)
  }

  @Test func `forgetting one that is not parked does nothing`() throws {
    let app = try App(script)
    app.isolate.forget(socket: App.socket)
    app.isolate.forget(socket: 99)
    #expect(app.ask(#"["get"]"#) == #"null,null,["lobby"],false"#)
  }

  @Test func `it comes back to another generation, or is refused without one`() throws {
    let app = try App(script)
    app.send(#"["set"]"#)
    app.park()
    try app.load("function on_get(self) return 'new', self.n, self.recovered, self:rooms() end")
    #expect(app.rejoin().texts == ["accept"])
    #expect(app.ask(#"["get"]"#) == #""new",1,true,["r","lobby"]"#)

    let other = try App("namespaces = { '/n/*' }")
    other.join([8], namespace: "/n/1")
    other.park(8)
    try other.load("")
    #expect(other.rejoin(8).texts == ["refuse Invalid namespace"])
    #expect(other.isolate.dynamicNamespaces == 0)
  }

  @Test func `thousands of departures and returns leave memory flat`() throws {
    let app = try App(script)
    var before = 0
    for n in 1...20_000 {
      app.send(#"["set"]"#)
      app.send(#"["ask"]"#)
      app.park()
      app.rejoin()
      if n == 2_000 { before = app.isolate.memoryUsed }
    }
    #expect(app.isolate.memoryUsed < before * 2)
    var forgotten = 0
    for n: UInt64 in 1...20_000 {
      app.join([100 + n])
      app.send(#"["set"]"#, to: 100 + n)
      app.park(100 + n)
      app.isolate.forget(socket: 100 + n)
      if n == 2_000 { forgotten = app.isolate.memoryUsed }
    }
    #expect(app.isolate.memoryUsed < forgotten * 2)
  }
}
