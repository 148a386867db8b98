import LuaRuntime
import Testing

/// What handlers answer.
@Suite struct ResponseTests {
  private static let text = "content-type: text/plain; charset=utf-8"
  private static let json = "content-type: application/json"
  private static let bytes = "content-type: application/octet-stream"

  /// The response of a handler with this body.
  private func answer(_ handler: String, development: Bool = true) throws -> String {
    try respond(
      "routes = { ['GET /'] = function(self, request) \(handler) end }", development: development)
  }

  @Test(arguments: [
    ("return 'hi'", "200 \(text) | hi"),
    ("return ''", "200 \(text) | "),
    ("return { a = 1 }", #"200 \#(json) | {"a":1}"#),
    ("return {}", "200 \(json) | {}"),
    ("return perigee.json.array{}", "200 \(json) | []"),
    ("return 5", "200 \(json) | 5"),
    ("return false", "200 \(json) | false"),
    ("return perigee.null", "200 \(json) | null"),
    ("", "204  | "),
    ("return nil, 404", "404  | "),
    ("return nil, nil, { a = 'b' }", "204 a: b | "),
    ("return perigee.binary('\\0x')", "200 \(bytes) | \0x"),
    (
      "return { id = 1 }, 201, { location = '/shop/items/1' }",
      #"201 \#(json), location: /shop/items/1 | {"id":1}"#
    ),
    ("return 'x', 304", "304  | "),
    (
      "return 'x', 200, { ['Content-Type'] = 'text/css', ['X-A'] = 7 }",
      "200 content-type: text/css, x-a: 7 | x"
    ),
    ("return 'x', 200, { link = { 'a', 'b' } }", "200 \(text), link: a, link: b | x"),
    ("return 'x', 200, { a = '  b\\t' }", "200 a: b, \(text) | x"),
    ("return 'x', 200, { ['content-type'] = false }", "200  | x"),
    ("return html('<h1>Hi</h1>')", "200 content-type: text/html; charset=utf-8 | <h1>Hi</h1>"),
    ("return html('no'), 404", "404 content-type: text/html; charset=utf-8 | no"),
    ("return redirect('/new')", "302 location: /new | "),
    ("return redirect('/new', 308)", "308 location: /new | "),
    ("return response{ status = 418, body = 'tea' }", "418 \(text) | tea"),
    (
      "return response{ body = { 1 }, type = 'application/ld+json' }",
      "200 content-type: application/ld+json | [1]"
    ),
    ("return response{}", "204  | "),
    ("return response{ headers = { a = '1', B = '2' } }, nil, { b = '3' }", "204 a: 1, b: 3 | "),
    (
      "local r = html('x') r.status = 202 return r",
      "202 content-type: text/html; charset=utf-8 | x"
    ),
  ])
  func `a result becomes a response`(handler: String, expected: String) throws {
    #expect(try answer(handler) == expected)
  }

  @Test(arguments: [
    ("'v'", "a=v; Path=/; HttpOnly; SameSite=Lax"),
    ("5", "a=5; Path=/; HttpOnly; SameSite=Lax"),
    ("false", "a=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax"),
    ("{ value = 'v', max_age = 60 }", "a=v; Path=/; Max-Age=60; HttpOnly; SameSite=Lax"),
    (
      "{ value = 'v', path = '/x', domain = 'example.org', secure = true }",
      "a=v; Path=/x; Domain=example.org; HttpOnly; Secure; SameSite=Lax"
    ),
    ("{ value = 'v', http_only = false, same_site = 'strict' }", "a=v; Path=/; SameSite=Strict"),
    ("{ value = 'v', same_site = 'none' }", "a=v; Path=/; HttpOnly; Secure; SameSite=None"),
    ("{ value = false, path = '/x' }", "a=; Path=/x; Max-Age=0; HttpOnly; SameSite=Lax"),
  ])
  func `cookies are set with safe attributes`(cookie: String, line: String) throws {
    let result = try answer("return response{ cookies = { a = \(cookie) } }")
    #expect(result == "204 set-cookie: \(line) | ")
  }

  @Test func `several cookies are several headers`() throws {
    let result = try answer(
      "return response{ cookies = { a = '1', b = '2' }, headers = { ['set-cookie'] = { 'c=3' } } }")
    #expect(result.components("set-cookie: ") == 3)
  }

  @Test(arguments: [
    ("response{ status = 99 }", "a response's status is a whole number from 200 to 599, not 99"),
    ("response{ status = 101 }", "a response's status is a whole number from 200 to 599, not 101"),
    ("response{ status = 600 }", "a response's status is a whole number from 200 to 599, not 600"),
    (
      "response{ status = 200.5 }",
      "a response's status is a whole number from 200 to 599, not 200.5"
    ),
    ("response{ status = 'x' }", "a response's status is a whole number from 200 to 599, not x"),
    ("response{ header = {} }", #"a response has no field "header""#),
    ("response{ headers = 'x' }", "a response's headers are a table, not a string"),
    ("response{ type = 5 }", "a response's type is a string"),
    ("response{ headers = { ['a b'] = 'x' } }", #""a b" cannot be a header's name"#),
    ("response{ headers = { [''] = 'x' } }", #""" cannot be a header's name"#),
    ("response{ headers = { ['a:'] = 'x' } }", #""a:" cannot be a header's name"#),
    ("response{ headers = { [1] = 'x' } }", "a header's name is a string"),
    (
      "response{ headers = { a = 'x\\r\\nb: c' } }",
      #"the header "a" has a line break or another control character in its value"#
    ),
    (
      "response{ headers = { a = { 'x', '\\0' } } }",
      #"the header "a" has a line break or another control character in its value"#
    ),
    (
      "response{ headers = { a = print } }",
      #"the header "a" is a string, a number or a list of them, not a function"#
    ),
    (
      "response{ headers = { ['Content-Length'] = 5 } }",
      #"the header "content-length" is for the host alone to set"#
    ),
    (
      "response{ headers = { ['Transfer-Encoding'] = 'chunked' } }",
      #"the header "transfer-encoding" is for the host alone to set"#
    ),
    (
      "response{ type = 'a\\nb' }",
      #"the header "content-type" has a line break or another control character in its value"#
    ),
    (
      "redirect('/a\\r\\nb')",
      #"the header "location" has a line break or another control character in its value"#
    ),
    ("redirect('/a', 200)", "bad argument #2 to 'redirect' (301, 302, 303, 307 or 308 expected)"),
    (
      "response{ cookies = { ['a b'] = 'x' } }",
      "a cookie's name holds letters, digits and signs, but no space, quote, comma, semicolon or backslash; encode it"
    ),
    ("response{ cookies = { ['a='] = 'x' } }", #""a=" cannot be a cookie's name"#),
    (
      "response{ cookies = { a = 'x; Secure' } }",
      "a cookie's value holds letters, digits and signs, but no space, quote, comma, semicolon or backslash; encode it"
    ),
    (
      "response{ cookies = { a = { value = 'x', path = '/;' } } }",
      "a cookie's path holds letters, digits and signs, but no space, quote, comma, semicolon or backslash; encode it"
    ),
    (
      "response{ cookies = { a = { value = 'x', httponly = true } } }",
      #"a cookie has no field "httponly""#
    ),
    (
      "response{ cookies = { a = { value = 'x', same_site = 'x' } } }",
      #"a cookie's same_site is "strict", "lax" or "none""#
    ),
    (
      "response{ cookies = { a = { value = 'x', max_age = 1.5 } } }",
      "a cookie's max_age is a whole number of seconds"
    ),
    (
      "response{ cookies = { a = print } }",
      "a cookie's value is a string, a number, or false to remove it, not a function"
    ),
    ("abort(200)", "bad argument #1 to 'abort' (a status from 400 to 599 expected)"),
    (
      "expose('a\\nb', print)",
      #"the header "content-type" has a line break or another control character in its value"#
    ),
    ("sse(5)", "bad argument #1 to 'sse' (function expected, got number)"),
    ("stream('a/b')", "bad argument #2 to 'stream' (function expected, got no value)"),
    ("html()", "bad argument #1 to 'html' (string expected, got no value)"),
  ])
  func `what could not be sent is an error where it is made`(call: String, message: String) throws {
    let app = try App("routes = { ['GET /'] = function()\n\(call) end }")
    let told = app.request("GET /")
    try #require(told.count == 2, "\(told.texts)")
    #expect(told[0].failure?.message == message)
    #expect(told[0].failure?.line == 2 && told[0].name == "GET /")
    #expect(told[1].kind == .respond && told[1].number == 500)
  }

  @Test(arguments: [
    ("return 'x', 'y'", "a response's status is a whole number from 200 to 599, not y"),
    ("return 'x', 200, 'y'", "the third result of a handler is a table of headers, not a string"),
    (
      "return 'x', 200, { a = '\\n' }",
      #"the header "a" has a line break or another control character in its value"#
    ),
    ("return { print }", "a function has no form in JSON"),
    ("return { '\\xFF' }", "a string is not valid UTF-8; send bytes with perigee.binary(string)"),
    ("return { perigee.binary('x') }", "a binary value cannot be part of JSON text"),
    ("local t = {} t[1] = t return t", "a table is nested too deeply for JSON, or contains itself"),
    (
      "local r = html('x') r.status = 7 return r",
      "a response's status is a whole number from 200 to 599, not 7"
    ),
    (
      "local r = html('x') r.headers = { a = '\\n' } return r",
      #"the header "a" has a line break or another control character in its value"#
    ),
  ])
  func `a result that cannot be sent is status 500`(handler: String, message: String) throws {
    let app = try App("routes = { ['GET /'] = function() \(handler) end }")
    let told = app.request("GET /")
    try #require(told.map(\.kind) == [.failure, .respond], "\(told.texts)")
    #expect(told[0].failure?.message == message && told[1].number == 500)
  }

  @Test func `an error is status 500 with its message in development only`() throws {
    #expect(
      try answer("error('oops')")
        == #"500 \#(Self.json) | {"error":"internal_error","message":"oops"}"#)
    #expect(
      try answer("error('oops')", development: false)
        == #"500 \#(Self.json) | {"error":"internal_error"}"#)
  }

  @Test(arguments: [
    ("reject('no')", #"403 \#(json) | {"error":"rejected","message":"no"}"#),
    (
      "reject('no', { a = 1 })",
      #"403 \#(json) | {"error":"rejected","message":"no","data":{"a":1}}"#
    ),
    ("abort(404)", #"404 \#(json) | {"error":"not_found","message":"not found"}"#),
    ("abort(409, 'taken')", #"409 \#(json) | {"error":"conflict","message":"taken"}"#),
    (
      "abort(422, 'bad', { 'name' })",
      #"422 \#(json) | {"error":"unprocessable_content","message":"bad","data":["name"]}"#
    ),
    ("abort(499, 'x')", #"499 \#(json) | {"error":"error","message":"x"}"#),
    ("pcall(abort, 404) return 'on'", "200 \(text) | on"),
    (
      "local _, e = pcall(abort, 404) e.status = 9 error(e)",
      #"500 \#(json) | {"error":"internal_error","message":"not found"}"#
    ),
    (
      "local _, e = pcall(reject, 'a') e.message = nil error(e)",
      #"403 \#(json) | {"error":"rejected","message":"nil"}"#
    ),
  ])
  func `reject and abort answer for the handler and are no failure`(
    handler: String, expected: String
  ) throws {
    let app = try App("routes = { ['GET /'] = function() \(handler) end }", development: false)
    let told = app.request("GET /")
    #expect(told.map(\.response) == [expected])
  }

  @Test func `abort refuses a connection too`() throws {
    let app = try App("function on_connect() abort(401, 'who?') end", connected: false)
    app.open()
    app.connect()
    #expect(app.take().texts == ["refuse who?"])
  }

  @Test(arguments: [
    ("return '<rss/>'", "200 content-type: application/rss+xml | <rss/>"),
    ("return { 1 }, 201, { a = 'b' }", "201 a: b, content-type: application/rss+xml | [1]"),
    ("return html('x')", "200 content-type: text/html; charset=utf-8 | x"),
    ("return response{ body = 'x' }", "200 content-type: application/rss+xml | x"),
    ("perigee.sleep(1) return 'x'", "200 content-type: application/rss+xml | x"),
  ])
  func `expose gives results a type`(handler: String, expected: String) throws {
    let app = try App(
      "routes = { ['GET /'] = expose('application/rss+xml', function(self, request) "
        + "assert(self.id and request.body) \(handler) end) }")
    var told = app.request("GET /")
    if told.first?.kind == .sleep {
      app.isolate.wake(told[0].token)
      told = app.take()
    }
    #expect(told.map(\.response) == [expected])
  }

  @Test(arguments: [
    ("return true", "200  | "), ("return 1", "200  | "), ("", "403  | "), ("return nil", "403  | "),
    ("return false", "403  | "), ("return false, 'not you'", "403  | not you"),
    ("reject('not you')", "403  | not you"), ("error('x')", "500  | x"),
    ("return r.headers.origin == 'a'", "200  | "),
  ])
  func `allow_request judges a request`(gate: String, expected: String) throws {
    let app = try App("function allow_request(r) \(gate) end")
    #expect(app.isolate.gateNamespace == "/test")
    let told = app.request("allow_request", #"{"headers":{"origin":"a"}}"#)
    let response = told.last?.response.replacing(Self.text, with: "")
    #expect(response == expected)
  }

  @Test func `without allow_request there is no gate`() throws {
    #expect(try App("").isolate.gateNamespace == nil)
    #expect(try App("allow_request = 5").isolate.gateNamespace == nil)
    #expect(try App("return { allow_request = print }").isolate.gateNamespace == "/test")
  }
}

extension String {
  /// How often `part` occurs.
  fileprivate func components(_ part: String) -> Int { ranges(of: part).count }
}
