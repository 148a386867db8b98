import LuaRuntime
import Testing

@Suite struct TimerTests {
  @Test func `after fires once`() throws {
    let app = try App("function on_x() return perigee.after(1.5, function() print('now') end) end")
    let start = try #require(app.send(#"["x"]"#, ack: 1).first)
    #expect(start.kind == .timerStart && start.duration == .milliseconds(1500) && !start.flag)
    #expect(app.isolate.timers == 1)
    app.isolate.fire(timer: start.token)
    app.isolate.fire(timer: start.token)
    #expect(app.take().texts == ["log now"])
    #expect(app.isolate.timers == 0)
  }

  @Test func `every fires until it is cancelled, from within too`() throws {
    let app = try App(
      """
      function on_x()
        local n, timer = 0
        timer = perigee.every(0, function()
          n = n + 1
          if n == 3 then print(perigee.cancel(timer), perigee.cancel(timer)) end
        end)
      end
      """)
    let start = try #require(app.send(#"["x"]"#).first)
    #expect(start.flag && start.duration == .milliseconds(1))
    for _ in 1...5 { app.isolate.fire(timer: start.token) }
    #expect(app.take().texts == ["timerCancel", "log true false"])
  }

  @Test func `a socket's timers end with it`() throws {
    let app = try App("function on_x(self) self:every(1, function() self:emit('tick') end) end")
    let start = try #require(app.send(#"["x"]"#).first)
    app.isolate.fire(timer: start.token)
    #expect(app.take().texts == [#"emit ["tick"]"#])
    app.isolate.disconnect(socket: App.socket, reason: "x")
    let told = app.take()
    #expect(told.map(\.kind) == [.timerCancel] && told[0].number == start.number)
    app.isolate.fire(timer: start.token)
    #expect(app.take().isEmpty && app.isolate.timers == 0)
  }

  @Test func `a period that passes while the last call waits is left out`() throws {
    let app = try App(
      "function on_x() perigee.every(1, function() print(1) perigee.sleep(5) end) end")
    let start = try #require(app.send(#"["x"]"#).first)
    app.isolate.fire(timer: start.token)
    let sleep = try #require(app.take().last)
    app.isolate.fire(timer: start.token)
    #expect(app.take().isEmpty)
    app.isolate.wake(sleep.token)
    app.isolate.fire(timer: start.token)
    #expect(app.take().first?.body == "1")
  }

  @Test func `a failing timer is reported and goes on`() throws {
    let app = try App("function on_x() perigee.every(1, function() error('tick failed') end) end")
    let start = try #require(app.send(#"["x"]"#).first)
    for _ in 1...2 {
      app.isolate.fire(timer: start.token)
      let told = app.take()
      #expect(told.texts == ["failure test.lua:1: tick failed"] && told[0].name == "every")
    }
  }

  @Test func `there may be only so many timers`() throws {
    let app = try App(
      "function on_x() perigee.after(1, print) end", limits: LuaLimits(timers: 1))
    app.send(#"["x"]"#)
    #expect(
      app.send(#"["x"]"#).first?.failure?.message
        == "too many timers of this app are set already")
    #expect(app.isolate.timers == 1)
  }

  @Test func `timers of the load go with their generation, those of handlers stay`() throws {
    let source = """
      perigee.every(1, function() end)
      function on_x() perigee.every(2, function() print("kept") end) end
      """
    let app = try App(source, connected: false)
    let ofLoad = try #require(app.take().first)
    app.open()
    app.connect()
    app.take()
    let ofHandler = try #require(app.send(#"["x"]"#).first)
    try app.load(source)
    let told = app.take()
    #expect(told.map(\.kind) == [.timerStart, .timerCancel] && told[1].number == ofLoad.number)
    app.isolate.fire(timer: ofHandler.token)
    #expect(app.take().texts == ["log kept"])
  }

  @Test func `a timer made while loading is the first worker's, unless each is to have it`() throws
  {
    let source = """
      first = perigee.every(1, print)
      each = perigee.after(2, print, { each_worker = true })
      function on_x() return perigee.cancel(first), perigee.cancel(each) end
      function on_y() perigee.after(3, print) end
      """
    let one = try App(source, worker: LuaWorker(number: 1, count: 2))
    #expect(one.isolate.timers == 2)
    #expect(one.ask(#"["x"]"#) == "true,true")
    let two = try App(source, worker: LuaWorker(number: 2, count: 2))
    #expect(two.isolate.timers == 1)
    #expect(two.ask(#"["x"]"#) == "false,true")
    two.send(#"["y"]"#)
    #expect(two.isolate.timers == 1)
  }

  @Test func `a timer has no other option`() throws {
    let app = try App("function on_x() perigee.every(1, print, { each = true }) end")
    let failure = try #require(app.send(#"["x"]"#).first?.failure)
    #expect(failure.message.contains("the one option of a timer is each_worker = true"))
  }
}
