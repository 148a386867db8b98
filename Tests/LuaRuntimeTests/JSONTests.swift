import LuaRuntime
import Testing

@Suite struct JSONTests {
  private static let echo = "function on_x(self, ...) return ... end"

  @Test(arguments: [
    "0", "1", "-1", "9223372036854775807", "-9223372036854775808", "1.5", "-0.0", "0.1", "1e300",
    "123456.789", "3.141592653589793", "1e-7", "2.5e-8", "5e-324", "1.7976931348623157e308",
    "true", "false", #""""#, #""a\"b\\c\n\t\b\f\r""#, #""\u0001\u001f""#, #""é😀漢""#, "[]", "{}",
    "[[]]", "[{}]", #"{"a":{"b":[1,[2,[3]]]}}"#, "[null,null]", #"{"a":null}"#, "[1,2,3]",
    #"["a",1,true,null,2.5,{}]"#,
  ])
  func `a value comes back as it went in`(json: String) throws {
    let app = try App(Self.echo)
    let expected = json.replacing("1e300", with: "1e+300").replacing("e308", with: "e+308")
      .replacing("1e-7", with: "1e-07").replacing("2.5e-8", with: "2.5e-08")
      .replacing("5e-324", with: "4.94065645841247e-324")
    #expect(app.ask("[\"x\",\(json)]") == expected)
  }

  @Test(arguments: [
    (" [ \"x\" , 1 , [ 2 ] , { \"a\" : 3 } ] ", #"1,[2],{"a":3}"#),
    (#"["x","\u00e9\ud83d\ude00\/"]"#, #""é😀/""#),
    (#"["x","\ud800","\udc00x","\ud83dA"]"#, #""\#u{FFFD}","\#u{FFFD}x","\#u{FFFD}A""#),
    (#"["x",12345678901234567890]"#, "1.2345678901234567e+19"),
    (#"["x",1E2,1e+2,10.0]"#, "100.0,100.0,10.0"),
    (#"["x",-0]"#, "-0.0"), (#"["x",null,1,null]"#, "null,1,null"),
    (#"["x",{"a":1,"a":2}]"#, #"{"a":2}"#),
    (#"["\u0078",7]"#, "7"),
  ])
  func `other forms of the same value are read too`(payload: String, expected: String) throws {
    #expect(try App(Self.echo).ask(payload) == expected)
  }

  @Test(
    arguments: [
      "[\"x\",\"\u{7F}\"]", #"["x","\ud83"]"#, #"["x",.5]"#, #"["x",1.]"#, #"["x",-]"#,
      #"["x",1e]"#,
      #"["x",+1]"#, #"["x",0x1]"#, #"["x",NaN]"#, #"["x",[1,]]"#, #"["x",{"a":}]"#, #"["x",{1:2}]"#,
      #"["x",nul]"#, #"["x","a]"#, #"["x",[}"#, #"["x",{"a" 1}]"#,
    ].dropFirst())
  func `what is no JSON is a violation`(payload: String) throws {
    #expect(try App(Self.echo).send(payload).map(\.kind) == [.violation])
  }

  @Test(
    arguments: [
      [0xFF], [0xC3], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80], [0xE2, 0x82],
      [0x61, 0x62, 0x63, 0x64, 0x65, 0x66, 0x67, 0x68, 0x80],
    ] as [[UInt8]])
  func `text that is not UTF-8 is a violation`(bytes: [UInt8]) throws {
    let payload = Array(#"["x",""#.utf8) + bytes + Array(#""]"#.utf8)
    #expect(try App(Self.echo).send(payload).map(\.kind) == [.violation])
  }

  @Test func `nesting is bounded in both directions`() throws {
    let app = try App(
      Self.echo
        + " function on_deep(self, n) local t = {} for i = 1, n do t = { t } end return t end",
      limits: LuaLimits(jsonDepth: 8))
    func nested(_ depth: Int) -> String {
      "[\"x\",\(String(repeating: "[", count: depth))\(String(repeating: "]", count: depth))]"
    }
    #expect(app.send(nested(8), ack: 1).map(\.kind) == [.ack])
    #expect(app.send(nested(9)).texts == ["violation nested too deeply"])
    #expect(app.send(#"["deep",7]"#, ack: 1).map(\.kind) == [.ack])
    #expect(
      app.send(#"["deep",8]"#, ack: 1).first?.failure?.message
        == "a table is nested too deeply for JSON, or contains itself")
  }

  @Test(arguments: [
    ("{ 1, 2 }", "[1,2]"), ("{}", "{}"), ("perigee.json.array{}", "[]"),
    ("perigee.json.array()", "[]"), ("perigee.json.object{ 5 }", #"{"1":5}"#),
    ("perigee.json.object{ [7] = 1 }", #"{"7":1}"#), ("perigee.null", "null"),
    ("{ perigee.null, 1 }", "[null,1]"), ("{ a = nil }", "{}"), ("10 / 2", "5.0"),
    ("1 << 62", "4611686018427387904"), ("100000.0", "100000.0"), ("1e15", "1e+15"),
    ("2^53", "9007199254740992.0"), ("{ [2] = 'b', [1] = 'a' }", #"["a","b"]"#),
    ("setmetatable({ x = 1 }, { __index = { y = 2 } })", #"{"x":1}"#),
    (
      "(function() local t = {} for i = 100, 1, -1 do t[i] = i end return #t, t[100] end)()",
      "100,100"
    ),
  ])
  func `Lua values have one form each`(expression: String, json: String) throws {
    #expect(try evaluate(expression) == json)
  }

  @Test(arguments: [
    ("{ 1, nil, 3 }", "neither a JSON array nor an object"), ("{ 1, a = 2 }", "neither a JSON"),
    ("{ [1.5] = 1 }", "a number cannot be a key in a JSON object"),
    ("{ [true] = 1 }", "a boolean cannot be a key in a JSON object"),
    ("perigee.json.array{ a = 1 }", "an array has gaps or keys that are not numbers"),
    ("0/0", "JSON has no form for"), ("1/0", "JSON has no form for inf"),
    ("print", "a function has no form in JSON"),
    ("coroutine.create(print)", "a thread has no form"),
    ("(function() local t = {} t.t = t return t end)()", "nested too deeply for JSON"),
    (#""\xff""#, "not valid UTF-8"), (#"{ ["\xff"] = 1 }"#, "not valid UTF-8"),
    ("perigee.json.encode(perigee.binary('x'))", "a binary value cannot be part of JSON text"),
  ])
  func `what JSON cannot say is an error that names it`(expression: String, error: String) throws {
    #expect(try evaluate(expression).contains(error))
  }

  @Test func `an array that was received stays an array when it is emptied`() throws {
    let app = try App(
      "function on_x(self, list) table.remove(list) return list, getmetatable(list) end")
    #expect(app.ask(#"["x",[1]]"#) == "[],null")
  }

  @Test func `large containers come back whole`() throws {
    let app = try App(Self.echo, limits: LuaLimits(eventTime: .seconds(5)))
    let array = "[" + (0..<1000).map(String.init).joined(separator: ",") + "]"
    #expect(app.ask("[\"x\",\(array)]") == array)
    let object = "{" + (0..<500).map { "\"k\($0)\":\($0)" }.joined(separator: ",") + "}"
    let back = app.ask("[\"x\",\(object)]").dropFirst().dropLast().split(separator: ",")
    #expect(Set(back) == Set(object.dropFirst().dropLast().split(separator: ",")))
    let many = (0..<300).map(String.init).joined(separator: ",")
    #expect(app.ask("[\"x\",\(many)]") == many)
  }
}
