import LuaRuntime
import Testing

/// Routes: what handlers get.
@Suite struct RequestTests {
  @Test func `a route's handler gets self and the request`() throws {
    let app = try App(
      """
      routes = { ["GET /hello/:name"] = function(self, request)
        return { self.namespace, self.id, request.params.name, request.method, request.path }
      end }
      """)
    #expect(app.isolate.routes.map { $0.namespace + " " + $0.key } == ["/test GET /hello/:name"])
    let told = app.request(
      "GET /hello/:name", #"{"method":"GET","path":"/hello/x","params":{"name":"x"}}"#)
    #expect(
      told.map(\.response) == [
        #"200 content-type: application/json | ["/test","id-100","x","GET","/hello/x"]"#
      ])
    #expect(told[0].socket == 100 && !told[0].flag)
  }

  @Test func `what the host leaves out of a request is there and empty`() throws {
    let result = try respond(
      """
      routes = { ["GET /"] = function(self, r)
        local n = 0
        for _, part in ipairs{ "params", "query", "query_all", "headers", "cookies", "form",
          "form_all", "files", "files_all" } do n = n + (next(r[part]) == nil and 1 or 0) end
        return { n, r.body, tostring(r.address) }
      end }
      """)
    #expect(result == #"200 content-type: application/json | [9,"","nil"]"#)
  }

  @Test func `body and files are strings`() throws {
    let result = try respond(
      """
      routes = { ["POST /"] = function(self, r)
        local f = r.files.photo
        return table.concat({ r.body, f.filename, f.type, f.data, r.files_all.photo[1].data,
          r.files.data.data, #r.files.broken.data }, ",")
      end }
      """, "POST /",
      #"{"files":{"photo":{"filename":"a.png","type":"image/png","data":2},"data":{"data":1},"#
        + #""broken":{"data":9}},"files_all":{"photo":[{"data":1},{"data":2}]}}"#,
      body: "whole", files: ["one", "two"])
    #expect(
      result == "200 content-type: text/plain; charset=utf-8 | whole,a.png,image/png,two,one,one,0")
  }

  @Test(arguments: [
    (#"{"a":[1]}"#, #"200 content-type: application/json | {"a":[1]}"#),
    (
      "[1",
      #"400 content-type: application/json | {"error":"bad_request","message":"invalid JSON at byte 3: the text ends too early"}"#
    ),
    (
      "",
      #"400 content-type: application/json | {"error":"bad_request","message":"invalid JSON at byte 1: the text ends too early"}"#
    ),
  ])
  func `request json is the decoded body, or status 400`(body: String, expected: String) throws {
    let script = "routes = { ['POST /'] = function(self, request) return request:json() end }"
    #expect(try respond(script, "POST /", body: body) == expected)
  }

  @Test func `a request cannot be turned against others`() throws {
    let result = try respond(
      """
      routes = { ["GET /"] = function(self, r)
        local json = r.json
        r.json, r.body, r.params = nil, nil, nil
        return { getmetatable(r), tostring(pcall(setmetatable, r, {})), tostring(pcall(json, r)),
          tostring(pcall(json)), tostring(rawequal(json, r.json)), tostring(pcall(json, self)) }
      end }
      """)
    #expect(
      result
        == #"200 content-type: application/json | ["request","false","false","false","true","false"]"#
    )
  }

  @Test func `an unknown route is not found`() throws {
    let expected = #"404 content-type: application/json | {"error":"not_found"}"#
    #expect(try respond("routes = {}") == expected)
    #expect(try respond("") == expected)
    #expect(try respond("", "allow_request") == "404 content-type: text/plain; charset=utf-8 | ")
  }

  @Test func `a handler may wait`() throws {
    let app = try App(
      """
      local other
      function on_connect(self) other = other or self end
      routes = {
        ["GET /"] = function() perigee.sleep(1) return "slept" end,
        ["GET /ask"] = function() return other:emit_with_ack("question") end,
      }
      """)
    let sleep = try #require(app.request("GET /").first)
    #expect(sleep.kind == .sleep && app.isolate.suspended == 1)
    app.isolate.wake(sleep.token)
    #expect(app.take().map(\.body) == ["slept"])
    let emit = try #require(app.request("GET /ask", as: 101).first)
    #expect(app.acknowledge(emit.number, #"["yes"]"#).map(\.body) == ["yes"])
  }

  @Test func `a request's self takes no events but can publish and set timers`() throws {
    let app = try App(
      """
      routes = { ["GET /"] = function(self)
        self:join("a")
        self:subscribe("c")
        self:disconnect()
        self:error("e")
        self:publish("c", 1)
        self:to("a"):emit("x")
        self:broadcast("y")
        self:after(1, print)
        self.session.n = 1
        return { self:emit("x"), (select(2, self:emit_with_ack("x"))), #self:rooms() }
      end }
      """)
    let told = app.request("GET /")
    #expect(
      told.map(\.kind) == [
        .publish, .broadcast, .broadcast, .timerStart, .respond, .timerCancel,
      ])
    #expect(told[4].body == #"[false,"disconnected",0]"#)
  }

  @Test func `a request's socket is forgotten with its response`() throws {
    let app = try App(
      "routes = { ['GET /'] = function(self) kept = self return 'x' end } "
        + "function on_x() return kept:emit('y') end")
    app.request("GET /")
    #expect(app.request("GET /").count == 1)
    #expect(app.ask(#"["x"]"#) == "false")
    for call in [app.abandon(), app.drain(10)] { #expect(call.isEmpty) }
  }
}
