import LuaRuntime
import Testing

/// Responses that a generator writes.
@Suite struct StreamTests {
  /// An app whose `GET /` is an event stream with this generator.
  private func events(_ generator: String, limits: LuaLimits = LuaLimits()) throws -> App {
    try App(
      "routes = { ['GET /'] = function(self) return sse(function(send) \(generator) end) end } "
        + "function on_ok() return 1 end", limits: limits)
  }

  /// An app whose `GET /` is a stream of bytes with this generator.
  private func bytes(_ generator: String, limits: LuaLimits = LuaLimits()) throws -> App {
    try App(
      "routes = { ['GET /'] = function(self) return stream('text/csv', function(write) \(generator) "
        + "end) end } function on_ok() return 1 end", limits: limits)
  }

  @Test func `an event stream is a response and what is sent`() throws {
    let told = try events("send({ n = 1 })").request("GET /")
    #expect(told.map(\.kind) == [.respond, .stream, .streamEnd])
    let head =
      "200 cache-control: no-store, content-type: text/event-stream, x-accel-buffering: no | …"
    #expect(told[0].response == head)
    #expect(told[1].body == "data: {\"n\":1}\n\n" && told.allSatisfy { $0.socket == 100 })
  }

  @Test func `a stream is a response and what is written`() throws {
    let told = try bytes("write('a,', 1, '\\n') write() write('') write(perigee.binary('b'))")
      .request("GET /")
    #expect(told.map(\.kind) == [.respond, .stream, .stream, .streamEnd])
    #expect(told[0].response == "200 content-type: text/csv | …")
    #expect(told.map(\.body) == ["", "a,1\n", "b", ""])
  }

  @Test func `a response with a function as its body is a stream`() throws {
    let app = try App(
      "routes = { ['GET /'] = function() return response{ status = 206, cookies = { a = 'b' }, "
        + "body = function(write) write('x') end }, nil, { c = 'd' } end }")
    let told = app.request("GET /")
    #expect(told.map(\.kind) == [.respond, .stream, .streamEnd] && told[0].number == 206)
    #expect(told[0].headers.contains("set-cookie") && told[0].headers.contains("c"))
  }

  @Test(arguments: [
    ("'a'", "data: a\n\n"), ("''", "data: \n\n"),
    ("'a\\nb\\r\\nc\\rd'", "data: a\ndata: b\ndata: c\ndata: d\n\n"),
    ("'a\\n'", "data: a\ndata: \n\n"), ("'\\r\\n\\r'", "data: \ndata: \ndata: \n\n"),
    ("'ä: €'", "data: ä: €\n\n"), ("{ 'a\\nb' }", "data: [\"a\\nb\"]\n\n"),
    ("{}", "data: {}\n\n"), ("5", "data: 5\n\n"), ("false", "data: false\n\n"),
    ("perigee.null", "data: null\n\n"), ("", ":\n\n"), ("nil, {}", ":\n\n"),
    ("nil, { retry = 2000 }", "retry: 2000\n\n"),
    ("'x', { event = 'tick', id = 7, retry = 0 }", "event: tick\nid: 7\nretry: 0\ndata: x\n\n"),
    ("'x', { id = '' }", "id: \ndata: x\n\n"),
  ])
  func `send writes the format of event streams`(arguments: String, expected: String) throws {
    let told = try events("send(\(arguments))").request("GET /")
    #expect(told.dropFirst().first?.body == expected)
  }

  @Test(arguments: [
    ("send('\\xFF')", "an event stream carries UTF-8 only"),
    ("send('x', { event = 'a\\nb' })", "an event's event is UTF-8 without line breaks and NUL"),
    ("send('x', { event = 'a\\rb' })", "an event's event is UTF-8 without line breaks and NUL"),
    ("send('x', { id = '\\0' })", "an event's id is UTF-8 without line breaks and NUL"),
    ("send('x', { id = '\\xFF' })", "an event's id is UTF-8 without line breaks and NUL"),
    ("send('x', { id = {} })", "an event's id is a string or a whole number, not a table"),
    ("send('x', { retry = '5' })", "an event's retry is a whole number of milliseconds"),
    ("send('x', { retry = -1 })", "an event's retry is a whole number of milliseconds"),
    ("send('x', { name = 'y' })", #"a message has no field "name""#),
    ("send('x', 'y')", "bad argument #2 to 'send' (table of options expected, got string)"),
    ("send(print)", "a function has no form in JSON"),
    ("send(perigee.binary('x'))", "a binary value cannot be part of JSON text"),
    (
      "('ab'):gsub('.', send)",
      "send cannot wait inside a sort comparison, a gsub replacement, or another function that C calls"
    ),
    (
      "coroutine.wrap(function() send('x') end)()",
      "send cannot wait inside a coroutine of your own"
    ),
  ])
  func `what cannot be sent is an error that ends the stream`(
    generator: String, message: String
  ) throws {
    let told = try events(generator).request("GET /")
    #expect(told.map(\.kind) == [.respond, .failure, .streamEnd])
    #expect(told[1].failure?.message.hasSuffix(message) == true && told[1].name == "GET /")
  }

  @Test(arguments: ["error('x')", "reject('x')", "abort(404)", "while true do end"])
  func `an error in a generator is logged and ends the stream`(failing: String) throws {
    let app = try events(
      "send(1) \(failing)", limits: LuaLimits(eventTime: .milliseconds(20)))
    #expect(app.request("GET /").map(\.kind) == [.respond, .stream, .failure, .streamEnd])
    #expect(app.ask(#"["ok"]"#) == "1" && app.isolate.suspended == 0)
  }

  @Test func `a generator that is ahead of its client waits for it`() throws {
    let app = try bytes("for i = 1, 10 do write(('x'):rep(40000)) end")
    var told = app.request("GET /")
    #expect(told.map(\.kind) == [.respond, .stream, .stream] && app.isolate.suspended == 1)
    #expect(app.drain(10_000).isEmpty)
    #expect(app.drain(4_464).isEmpty)
    told = app.drain(1)
    #expect(told.map(\.kind) == [.stream])
    var streamed = 3
    while app.isolate.suspended == 1 { streamed += app.drain(40_000).count { $0.kind == .stream } }
    #expect(streamed == 10)
    #expect(app.drain(40_000).isEmpty)
  }

  @Test func `one piece may be larger than the credit`() throws {
    let app = try bytes("write(('x'):rep(1000000)) write('y')")
    #expect(app.request("GET /").map(\.kind) == [.respond, .stream])
    #expect(app.drain(900_000).isEmpty)
    #expect(app.drain(100_000).map(\.kind) == [.stream, .streamEnd])
  }

  @Test func `a client cannot give more credit than there is`() throws {
    let app = try bytes("perigee.sleep(1) for i = 1, 3 do write(('x'):rep(65536)) end")
    let sleep = app.request("GET /")[1].token
    for bytes in [Int.max, 1 << 40, 0] { #expect(app.drain(bytes).isEmpty) }
    app.isolate.wake(sleep)
    #expect(app.take().count { $0.kind == .stream } == 1)
  }

  @Test func `a generator may sleep, ask another client, and publish`() throws {
    let app = try App(
      """
      local other
      function on_connect(self) other = self end
      routes = { ["GET /"] = function(self) return sse(function(send)
        perigee.sleep(1)
        send(other:emit_with_ack("q"))
        self:publish("c", 1)
      end) end }
      """)
    let sleep = app.request("GET /")[1]
    app.isolate.wake(sleep.token)
    let emit = app.take()[0]
    let told = app.acknowledge(emit.number, "[\"yes\"]")
    #expect(told.map(\.kind) == [.stream, .publish, .streamEnd] && told[0].body == "data: yes\n\n")
  }

  @Test(arguments: ["HEAD", "GET"])
  func `a generator does not run for HEAD`(method: String) throws {
    let app = try events("print('ran') send(1)")
    let told = app.request("GET /", "{\"method\":\"\(method)\"}")
    #expect(told.count == (method == "HEAD" ? 1 : 4) && told[0].flag == (method == "GET"))
  }

  @Test(arguments: [204, 304])
  func `a generator does not run when the status has no body`(status: Int) throws {
    let app = try App(
      "routes = { ['GET /'] = function() return sse(function(send) send(1) end), \(status) end }")
    let told = app.request("GET /")
    #expect(told.map(\.kind) == [.respond] && !told[0].flag)
  }

  // Others that write

  @Test func `others may write to a stream and never wait`() throws {
    let app = try App(
      """
      routes = { ["GET /"] = function() return stream("a/b", function(write) kept = write perigee.sleep(9) end) end }
      function on_write(self, n) return kept(("x"):rep(n)) end
      """)
    app.request("GET /")
    let told = app.send(#"["write",3]"#, ack: 1)
    #expect(told.texts == ["stream", "ack [true]"] && told[0].socket == 100)
    #expect(app.ask(#"["write",70000]"#) == "true")
    #expect(app.ask(#"["write",1]"#) == "false")
    #expect(app.drain(10_000).isEmpty)
    #expect(app.ask(#"["write",1]"#) == "true")
    #expect(app.abandon().map(\.kind) == [.timerCancel])
    #expect(app.ask(#"["write",1]"#) == "false")
  }

  @Test func `send does nothing once its stream is over`() throws {
    let app = try App(
      """
      routes = { ["GET /"] = function() return sse(function(send) kept = send end) end }
      function on_x() return kept(1), kept() end
      """)
    app.request("GET /")
    #expect(app.ask(#"["x"]"#) == "false,false")
  }

  @Test func `the inner generator of an event stream harms nobody`() throws {
    let app = try App(
      """
      inner = sse(function(send) told = tostring(send(1)) end).body
      function on_x() inner() return told end
      function on_after() perigee.after(1, inner) end
      inner()
      """)
    #expect(app.ask(#"["x"]"#) == #""false""#)
    let timer = try #require(app.send(#"["after"]"#).first)
    app.isolate.fire(timer: UInt64(timer.number))
    #expect(app.take().isEmpty)
  }

  // Running on

  @Test func `a stream outlives a reload with its old code`() throws {
    let app = try events("while true do send('old') perigee.sleep(1) end")
    var sleep = app.request("GET /")[2]
    try app.load("routes = { ['GET /'] = function() return 'new' end }")
    app.take()
    for _ in 1...3 {
      app.isolate.wake(sleep.token)
      let told = app.take()
      #expect(told.map(\.kind) == [.stream, .sleep] && told[0].body == "data: old\n\n")
      sleep = told[1]
    }
    #expect(app.request("GET /", as: 101).map(\.body) == ["new"])
    #expect(app.abandon().map(\.kind) == [.timerCancel])
    #expect(app.isolate.suspended == 0)
  }

  @Test func `a generator pauses and goes on`() throws {
    let app = try events(
      "local t = perigee.monotonic() while perigee.monotonic() - t < 0.4 do end send('done')",
      limits: LuaLimits(eventTime: .seconds(5)))
    app.isolate.slice = .milliseconds(2)
    #expect(app.request("GET /").map(\.kind) == [.respond] && app.isolate.isPaused)
    app.isolate.slice = nil
    app.isolate.resume()
    #expect(app.take().map(\.kind) == [.stream, .streamEnd])
  }

  @Test func `a client leaves while a paused generator waits to go on`() throws {
    let app = try events(
      "local t = perigee.monotonic() while perigee.monotonic() - t < 0.4 do end perigee.sleep(1)",
      limits: LuaLimits(eventTime: .seconds(5)))
    app.isolate.slice = .milliseconds(2)
    app.request("GET /")
    #expect(app.abandon().isEmpty && app.isolate.isPaused)
    app.isolate.slice = nil
    app.isolate.resume()
    #expect(app.take().map(\.kind) == [.sleep])
    #expect(app.abandon().map(\.kind) == [.timerCancel] && app.isolate.suspended == 0)
  }
}

extension Told {
  /// Names and values of the headers.
  fileprivate var headers: [String] { rooms }
}
