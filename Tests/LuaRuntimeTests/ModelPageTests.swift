import LuaRuntime
import Testing

/// What a page asks before it is sent: values of models and data of widgets, all of one moment.
@Suite struct ModelPageTests {
  private func page(_ app: App, _ needs: String) throws -> JSONTree {
    let told = app.request("perigee:page", "{\"method\":\"GET\",\"needs\":\(needs)}")
    let response = try #require(told.last { $0.kind == .respond })
    #expect(response.number == 200)
    return try JSONTree(response.body)
  }

  @Test func `models come with their channels`() throws {
    let app = try App(
      """
      m = perigee.model("m", { n = 1 })
      perigee.model("room", function(key) return { key = key } end)
      perigee.model("mine", function() return {} end, { key = function(self) return self.id end })
      """)
    let body = try page(
      app,
      #"""
      {"models":[{"name":"m"},{"name":"room","key":"a"},{"name":"room"},{"name":"x","key":null},
      {"name":"mine"}],"widgets":[]}
      """#)
    #expect(
      body
        == (try JSONTree(
          #"""
          {"models":[{"channel":"model:m","snapshot":{"n":1}},
          {"channel":"model:room:a","snapshot":{"key":"a"}},{"refused":"key"},{"refused":"unknown"},
          {"channel":"model:mine:id-100","snapshot":{}}],"widgets":[]}
          """#)))
  }

  @Test func `who is looked at first is told to connect`() throws {
    let app = try App(
      """
      perigee.model("m", {})
      perigee.model("open", {}, { read = true })
      perigee.model("asked", {}, { read = function(self) return self.id == "id-100" end })
      function on_connect() end
      """, connected: false)
    let body = try page(app, #"{"models":[{"name":"m"},{"name":"open"},{"name":"asked"}]}"#)
    #expect(
      body["models"]?.items.map { $0["refused"]?.text ?? $0["channel"]?.text }
        == ["connect", "model:open", "model:asked"])
  }

  @Test func `what fails concerns one part of the page`() throws {
    let app = try App(
      """
      perigee.model("m", {})
      perigee.model("bad", {}, { read = function() error("what happened") end })
      perigee.model("no", {}, { read = function() reject("members only") end })
      """)
    let told = app.request(
      "perigee:page", #"{"needs":{"models":[{"name":"bad"},{"name":"no"},{"name":"m"}]}}"#)
    let body = try JSONTree(try #require(told.last).body)
    #expect(
      body["models"]?.items.map { $0["refused"]?.text }
        == ["internal_error", "members only", nil])
    #expect(told.contains { $0.kind == .log && $0.body.contains("test.lua:2: what happened") })
  }

  @Test func `everything that waits happens before the values are taken`() throws {
    let app = try App(
      """
      m = perigee.model("m", { n = 1 }, { read = function() perigee.sleep(1) m.n = m.n + 1 return true end })
      """)
    let told = app.request("perigee:page", #"{"needs":{"models":[{"name":"m"},{"name":"m"}]}}"#)
    app.isolate.wake(try #require(told.first { $0.kind == .sleep }).token)
    let second = app.take()
    app.isolate.wake(try #require(second.first { $0.kind == .sleep }).token)
    let last = app.take()
    #expect(last.map(\.kind) == [.publish, .respond])
    #expect(
      try JSONTree(last[1].body)["models"]?.items.map { $0["snapshot"] }
        == [JSONTree(#"{"n":3}"#), JSONTree(#"{"n":3}"#)])
  }

  @Test func `widgets that nobody declares are errors`() throws {
    let body = try page(try App("x = 1"), #"{"widgets":[{"name":"clock","params":{}}]}"#)
    #expect(body["widgets"]?.items.first?["error"] != nil)
  }
}
