import LuaRuntime
import Testing

/// Routes as a script declares them.
@Suite struct RouteTests {
  private func routes(_ isolate: LuaIsolate) -> [String] {
    isolate.routes.map { $0.namespace + " " + $0.key }.sorted()
  }

  @Test func `routes are a global or a field of the returned table`() throws {
    let isolate = try LuaIsolate(app: "two")
    func script(_ namespace: String, _ source: String) -> LuaScript {
      LuaScript(namespace: namespace, file: namespace + ".lua", source: Array(source.utf8))
    }
    try isolate.load(
      LuaProgram(scripts: [
        script("/a", "routes = { ['GET /'] = print, ['GET,POST /x/:a/*b'] = print }"),
        script(
          "/a/b", "routes = { ['GET /no'] = print } return { routes = { ['ANY /y'] = print } }"),
        script("/a/c", ""),
      ]))
    #expect(routes(isolate) == ["/a GET /", "/a GET,POST /x/:a/*b", "/a/b ANY /y"])
  }

  @Test(arguments: [
    "GET /", "DELETE /items/:id", "GET,HEAD,OPTIONS /a/:b_1/c/*rest", "PATCH /a/", "PUT /ä/%20/.-~",
    "ANY /a:b",
  ])
  func `a method and a path make a route`(key: String) throws {
    let app = try App("routes = { ['\(key)'] = function() return 'it' end }")
    #expect(app.isolate.routes.map(\.key) == [key])
    #expect(app.request(key).first?.body == "it")
  }

  private static let methods =
    "has a method that is none of GET, POST, PUT, PATCH, DELETE, HEAD, OPTIONS and ANY"
  private static let shape = #"is not a method and a path, as in "GET /x""#
  private static let parameter = "needs letters, digits and _ as the name of a parameter"

  @Test(arguments: [
    ("GET", shape), ("/x", shape), ("GET x", shape), ("GET  /x", shape), ("", shape),
    ("get /", methods), ("FETCH /", methods), ("GET,,PUT /", methods), ("GET, PUT /", shape),
    ("GET, /", "has no method"), (" /", "has no method"),
    ("GET //", "has an empty part in its path"), ("GET /a//b", "has an empty part in its path"),
    ("GET /:", parameter), ("GET /:a-b", parameter), ("GET /:1", parameter), ("GET /*", parameter),
    ("GET /*a/b", "goes on after its wildcard"), ("GET /:a/*a", "has two parameters of one name"),
    ("GET /a b", "has a character in its path that cannot stand there"),
    ("GET /a?b", "has a character in its path that cannot stand there"),
    ("GET /a*", "has a character in its path that cannot stand there"),
    ("GET /\(String(repeating: "a", count: 1100))", "is too long"),
  ])
  func `a malformed key fails the load and is named`(key: String, fault: String) throws {
    let error = #expect(throws: LuaError.self) {
      _ = try App("\n\nroutes = { ['\(key)'] = function() end }")
    }
    #expect(error?.description == "test.lua:3: the route \"\(key)\" \(fault)")
  }

  @Test(arguments: [
    ("{ ['GET /'] = 5 }", #"test.lua: the route "GET /" is not a function"#),
    ("{ [5] = print }", #"test.lua: the route "5" has a key that is not a string"#),
    ("5", "test.lua: routes is not a table"),
    (
      "(function() local t = {} for i = 1, 1001 do t['GET /' .. i] = print end return t end)()",
      "test.lua: there are more than 1000 routes"
    ),
  ])
  func `what is no route fails the load`(routes: String, message: String) throws {
    let error = #expect(throws: LuaError.self) { _ = try App("routes = \(routes)") }
    #expect(error?.message == message)
  }

  @Test(arguments: [
    ("GET /:a", "GET /:b"), ("GET,POST /x", "POST /x"), ("GET /a/*b", "GET /a/*c"),
    ("GET,GET /x", "GET /y"), ("GET /x/", "GET /x"),
  ])
  func `two routes for the same requests fail the load`(one: String, other: String) throws {
    let error = #expect(throws: LuaError.self) {
      _ = try App("routes = { ['\(one)'] = print, ['\(other)'] = print }")
    }
    #expect(error?.message.contains("answers for the same requests as") == true)
  }

  @Test func `similar routes stand side by side`() throws {
    let app = try App(
      "routes = { ['GET /x'] = print, ['ANY /x'] = print, ['POST /x'] = print, ['GET /:x'] = print, "
        + "['GET /*x'] = print }")
    #expect(app.isolate.routes.count == 5)
  }

  @Test func `a failed load keeps the routes, a good one replaces them`() throws {
    let app = try App("routes = { ['GET /a'] = print }")
    #expect(throws: LuaError.self) { try app.load("routes = { ['GET /b'] = 1 }") }
    #expect(app.isolate.routes.map(\.key) == ["GET /a"])
    try app.load("routes = { ['GET /c'] = print }")
    #expect(app.isolate.routes.map(\.key) == ["GET /c"])
    #expect(app.request("GET /a").first?.number == 404)
  }

  @Test func `what a script does to its table of routes later changes nothing`() throws {
    let app = try App("routes = { ['GET /'] = function() routes = nil return 'it' end }")
    for _ in 1...2 { #expect(app.request("GET /").first?.body == "it") }
  }

  @Test func `no event reaches a route or the gate`() throws {
    let app = try App(
      "routes = { ['GET /'] = function() return 1 end } function allow_request() return 1 end")
    for event in ["allow_request", "routes", "GET /"] {
      #expect(app.send("[\"\(event)\"]", ack: 1).allSatisfy { $0.kind == .emit })
    }
  }
}
