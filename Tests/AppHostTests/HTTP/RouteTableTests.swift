import Testing

@testable import AppHost

@Suite("A route table")
struct RouteTableTests {
  private func key(_ match: RouteTable.Match) -> String? {
    if case .route(let key, _) = match { key } else { nil }
  }

  private func parameters(_ match: RouteTable.Match) -> [String: String]? {
    if case .route(_, let parameters) = match { parameters } else { nil }
  }

  @Test("finds a route by method and path and names the path's parts")
  func parts() {
    let table = RouteTable(keys: ["GET /hello/:name", "POST /a/:b/c/:d", "GET /files/*path"])
    #expect(
      table.match(method: "GET", path: "/hello/ann")
        == .route(key: "GET /hello/:name", parameters: ["name": "ann"]))
    #expect(parameters(table.match(method: "POST", path: "/a/1/c/2")) == ["b": "1", "d": "2"])
    #expect(parameters(table.match(method: "GET", path: "/files/x/y.txt")) == ["path": "x/y.txt"])
    #expect(parameters(table.match(method: "GET", path: "/files")) == ["path": ""])
    #expect(table.match(method: "GET", path: "/hello") == .none)
    #expect(table.match(method: "GET", path: "/hello/ann/x") == .none)
    #expect(table.match(method: "GET", path: "") == .none)
  }

  @Test("prefers fixed segments to parameters, those to a rest, and a whole path to an empty rest")
  func precedence() {
    let keys = ["GET /*", "GET /:x", "GET /a", "GET /a/*", "GET /a/:y", "GET /a/b", "GET /"]
    let table = RouteTable(keys: keys)
    let expected = [
      "": "GET /", "/": "GET /", "/a": "GET /a", "/b": "GET /:x", "/a/b": "GET /a/b",
      "/a/c": "GET /a/:y", "/a/b/c": "GET /a/*", "/b/c": "GET /*",
    ]
    for (path, route) in expected { #expect(key(table.match(method: "GET", path: path)) == route) }
  }

  @Test("prefers a named method to any, and a looser path to the wrong method")
  func methods() {
    let table = RouteTable(keys: ["ANY /a", "GET /a", "POST /new", "GET /:id", "PUT, PATCH /b"])
    #expect(key(table.match(method: "GET", path: "/a")) == "GET /a")
    #expect(key(table.match(method: "DELETE", path: "/a")) == "ANY /a")
    #expect(key(table.match(method: "GET", path: "/new")) == "GET /:id")
    #expect(key(table.match(method: "PATCH", path: "/b")) == "PUT, PATCH /b")
  }

  @Test("names the methods that a path has routes for")
  func otherMethods() {
    let table = RouteTable(keys: ["GET /a", "POST,PUT /a", "GET /:x"])
    #expect(table.match(method: "DELETE", path: "/a") == .otherMethods(["GET", "POST", "PUT"]))
    #expect(table.match(method: "DELETE", path: "/a/b") == .none)
    #expect(RouteTable(keys: []).isEmpty)
  }

  @Test("answers HEAD by GET unless it has a route of its own")
  func head() {
    let table = RouteTable(keys: ["GET /a", "HEAD /b", "GET /b", "POST /c"])
    #expect(key(table.match(method: "HEAD", path: "/a")) == "GET /a")
    #expect(key(table.match(method: "HEAD", path: "/b")) == "HEAD /b")
    #expect(table.match(method: "HEAD", path: "/c") == .otherMethods(["POST"]))
  }

  @Test("does not mind empty segments, and ignores keys that are none")
  func slashes() {
    let table = RouteTable(keys: ["GET /a/b/", "GET", "", "/x"])
    #expect(key(table.match(method: "GET", path: "//a///b/")) == "GET /a/b/")
    #expect(table.match(method: "GET", path: "/x") == .none)
  }
}
