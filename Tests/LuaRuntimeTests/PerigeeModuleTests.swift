import LuaRuntime
import Testing

@Suite struct PerigeeModuleTests {
  @Test func `log levels`() throws {
    let app = try App(
      """
      function on_x()
        local log = perigee.log
        log("plain", 1, nil) log("warn", "careful") log("warn") log.debug("d") log.error("e", true)
        print("p", {} ~= nil)
      end
      """)
    let told = app.send(#"["x"]"#)
    #expect(told.map(\.body) == ["plain 1 nil", "careful", "warn", "d", "e true", "p true"])
    #expect(told.map(\.number) == [1, 2, 1, 0, 3, 1])
    #expect(told.allSatisfy { $0.kind == .log && $0.namespace == "/test" })
  }

  @Test func `uuids are random, version 4`() throws {
    let app = try App("function on_x() return perigee.uuid() end")
    let uuids = (1...100).map { _ in app.ask(#"["x"]"#) }
    #expect(Set(uuids).count == 100)
    for uuid in uuids {
      #expect(
        uuid.wholeMatch(of: /"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"/)
          != nil)
    }
  }

  @Test func `clocks, names and the environment`() throws {
    let app = try App(
      """
      function on_x()
        return perigee.now() > 1.6e9, perigee.monotonic() > 0, perigee.app, perigee.namespace,
          perigee.env("KEY"), perigee.env("PATH"), type(perigee.version)
      end
      """, environment: ["KEY": "value"])
    #expect(app.ask(#"["x"]"#) == #"true,true,"test","/test","value",null,"string""#)
  }

  @Test func `json encodes and decodes text`() throws {
    #expect(
      try evaluate(#"perigee.json.encode({ a = { 1, 2.5, "x" } })"#) == #""{\"a\":[1,2.5,\"x\"]}""#)
    #expect(try evaluate(#"perigee.json.decode('[1,{"b":null}]')[2].b == perigee.null"#) == "true")
    #expect(
      try evaluate("select(2, pcall(perigee.json.decode, '[1,]'))")
        == #""invalid JSON at byte 4: unexpected character""#)
    #expect(
      try evaluate("perigee.json.null == perigee.null, tostring(perigee.null)") == #"true,"null""#)
  }

  @Test func `the type annotations name every built-in`() throws {
    let names = try evaluate(
      """
      (function()
        local names = {}
        for name in pairs(perigee) do names[#names + 1] = name end
        for name in pairs(perigee.json) do names[#names + 1] = name end
        return table.concat(names, " ")
      end)()
      """)
    for name in names.dropFirst().dropLast().split(separator: " ") {
      #expect(LuaIsolate.typeAnnotations.contains(name), "\(name) has no annotation")
    }
    let methods = [
      "Socket":
        "emit emit_with_ack timeout volatile latest join leave rooms to in_rooms except broadcast "
        + "publish subscribe unsubscribe listen error disconnect after every",
      "Sending": "emit emit_with_ack timeout volatile latest",
      "Target":
        "to in_rooms except volatile latest timeout emit emit_with_ack sockets join leave "
        + "disconnect",
      "Namespace": "emit to in_rooms except everyone volatile latest publish history socket rooms",
    ]
    for (type, names) in methods {
      for name in names.split(separator: " ") {
        #expect(LuaIsolate.typeAnnotations.contains("function \(type):\(name)("), "\(name)")
      }
    }
    for name in ["html", "redirect", "response", "sse", "stream", "expose", "abort", "reject"] {
      #expect(LuaIsolate.typeAnnotations.contains("\nfunction \(name)("), "\(name)")
    }
  }
}
