import LuaRuntime
import Testing

@Suite struct LatestTests {
  @Test(arguments: [
    "self:latest('k'):emit('x', 1)", "self:to('r'):latest('k'):except('s'):emit('x', 1)",
    "perigee.latest('k'):emit('x', 1)", "perigee.everyone():latest('k'):to('r'):emit('x', 1)",
    "perigee.of('/test'):latest('k'):emit('x', 1)", "self:timeout(2):latest('k'):emit('x', 1)",
    "self:latest('k'):timeout(2):emit('x', 1)", "self:latest('other'):latest('k'):emit('x', 1)",
    "self:volatile():latest('k'):emit('x', 1)", "perigee.volatile():latest('k'):emit('x', 1)",
  ])
  func `every way to send can have a key`(call: String) throws {
    let app = try App("function on_x(self) \(call) end")
    let told = app.send(#"["x"]"#)
    #expect(told.count == 1 && told[0].flag && told[0].name == "k" && told[0].body == #"["x",1]"#)
  }

  @Test(arguments: [
    "self:latest('k'):volatile():emit('x')", "perigee.latest('k'):volatile():emit('x')",
  ])
  func `the way to send that was named last counts`(call: String) throws {
    let app = try App("function on_x(self) \(call) end")
    let told = app.send(#"["x"]"#)
    #expect(told.count == 1 && told[0].flag && told[0].name.isEmpty)
  }

  @Test func `a key stays when its string is collected, and may hold any bytes`() throws {
    let app = try App(
      """
      local ways = {}
      function on_keep(self)
        for i = 1, 3 do
          local key = string.rep(string.char(i - 1), 255)
          ways[#ways + 1] = self:latest(key)
          ways[#ways + 1] = perigee.to("r"):latest(key)
        end
      end
      function on_send() for _, way in ipairs(ways) do way:emit("x") end end
      function on_collect() collectgarbage() end
      """)
    app.send(#"["keep"]"#)
    app.send(#"["collect"]"#)
    let names = app.send(#"["send"]"#).map { Array($0.name.utf8) }
    #expect(names == (0..<6).map { Array(repeating: UInt8($0 / 2), count: 255) })
  }

  @Test func `what a key is sent with and other sends stand beside each other`() throws {
    let app = try App(
      """
      function on_x(self)
        self:emit("a")
        self:latest(7):emit("b", perigee.binary("!"))
        self:volatile():emit("c")
        self:broadcast("d")
      end
      """)
    let told = app.send(#"["x"]"#)
    #expect(told.map(\.flag) == [false, true, true, false])
    #expect(told.map(\.name) == ["", "7", "", ""])
    #expect(told[1].attachments == [Array("!".utf8)])
  }

  @Test func `a client that is gone is sent nothing`() throws {
    let app = try App(
      """
      local way
      function on_connect(self) way = self:latest("k") end
      function on_disconnect(self) perigee.log(way:emit("x"), self:latest("k"):emit("x")) end
      """)
    #expect(app.disconnect().map(\.body) == ["false false"])
  }

  @Test(arguments: [
    ("self:latest()", "bad argument #1 to 'latest' (string expected, got no value)"),
    ("self:latest({})", "bad argument #1 to 'latest' (string expected, got table)"),
    ("self:latest('')", "a key has between 1 and 255 bytes"),
    ("self:latest(('k'):rep(256))", "a key has between 1 and 255 bytes"),
    ("self.latest('k')", "call it with a colon: self:latest(...)"),
    ("self:timeout(1):latest('')", "a key has between 1 and 255 bytes"),
    ("perigee.latest('')", "a key has between 1 and 255 bytes"),
    ("perigee.to('r'):latest(nil)", "bad argument #1 to 'latest'"),
    ("perigee.of('/test'):latest(nil)", "bad argument #1 to 'latest'"),
    ("self:latest('k'):emit('connect')", "reserved event name"),
    ("self:latest('k'):emit_with_ack('x')", "the latest of a key cannot ask for an ack"),
    ("perigee.latest('k'):emit_with_ack('x')", "the latest of a key cannot ask for an ack"),
  ])
  func `misuse is an error with its place`(call: String, message: String) throws {
    let app = try App("function on_x(self)\n\(call) end")
    let failure = try #require(app.send(#"["x"]"#).first { $0.kind == .failure }?.failure)
    #expect(failure.message.contains(message))
    #expect(failure.file == "test.lua" && failure.line == 2)
  }
}
