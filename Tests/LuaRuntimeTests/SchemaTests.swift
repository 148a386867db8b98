import LuaRuntime
import Testing

@Suite struct SchemaTests {
  /// What a load of the script fails with, or nil.
  private func failure(of script: String) -> String? {
    do {
      _ = try App(script, connected: false)
      return nil
    } catch {
      return "\(error)"
    }
  }

  @Test(arguments: [
    ("text{ mni = 3 }", #"text{} does not know the option "mni"; did you mean "min"?"#),
    (
      "integer{ length = 3 }",
      #"integer{} does not know the option "length"; there are check, default, max, message, messages, min, optional"#
    ),
    ("text{ min = 3, max = 2 }", "text{}: min (3) is more than max (2)"),
    (
      "text{ min = '3' }",
      #"text{}: the option "min" must be a whole number from 0 on, not "3""#
    ),
    ("integer{ max = 1.5 }", #"integer{}: the option "max" must be a whole number, not 1.5"#),
    ("number{ max = 0/0 }", #"number{}: the option "max" must be a number, not "#),
    (
      "text{ pattern = '[' }",
      #"text{}: the option "pattern" must be a Lua pattern, not "[": malformed pattern"#
    ),
    (
      "text{ like = 'number' }",
      #"text{}: the option "like" must be one of digits, slug, url, word, not "number""#
    ),
    ("text{ check = true }", #"text{}: the option "check" must be a function, not true"#),
    ("text{ messages = { mim = 'x' } }", #"not by "mim""#),
    ("text 'x'", #"braces are missing: write text{ max = 80 }, not "x""#),
    ("boolean{ must = false }", #"boolean{}: the option "must" must be true, not false"#),
    ("choice{}", #"choice{} needs options, such as choice{ "red", "green" }"#),
    ("choice{ 'a', 'a' }", #"choice{}: the option "a" is there twice"#),
    ("choice{ 'a', {} }", "choice{}: an option must be text or a number, not a table"),
    ("list{}", "list{} needs one rule for its entries, such as list{ text{} }, not nothing"),
    ("list{ text{}, text{} }", "list{} needs one rule for its entries"),
    ("list{ text{}, min = 3, max = 2 }", "list{}: min (3) is more than max (2)"),
    ("integer{ default = 'x' }", "integer{}: the default must be a whole number"),
    ("any{ default = print }", "any{}: the default cannot be written as JSON"),
    ("schema{ name = text }", "schema{}: write name = text{}"),
    ("schema{ optionl = true }", #"there is no option "optionl"; did you mean "optional"?"#),
    (
      "schema{ name = { text{} } }",
      #"the field "name" needs a rule, such as text{} or schema{ … }, not a table"#
    ),
    ("schema{ ['__proto__'] = text{} }", #"schema{}: a field cannot be named "__proto__""#),
    ("schema{ _ = text{} }", #"schema{}: a field cannot be named "_""#),
    ("schema{ text{} }", "schema{}: a field cannot be named 1"),
    (
      "schema{ a = schema{ on_error = 'x' } }",
      #"on_error is for the whole of an event, not for the field "a""#
    ),
    ("schema{}:check('x')", "write schema{ … }:check(function(value) return good, message end)"),
  ])
  func `a wrong declaration is an error at its line`(declaration: String, message: String) throws {
    let failed = failure(of: "local a = 1\nlocal rule = \(declaration)\nreturn {}")
    #expect(failed?.hasPrefix("test.lua:2: ") == true, "\(failed ?? "no error")")
    #expect(failed?.contains(message) == true, "\(failed ?? "no error")")
  }

  @Test func `a schema is nested 32 deep at most`() throws {
    let nested = { (depth: Int) in
      "local s = text{}\nfor i = 2, \(depth) do s = list{ s } end return {}"
    }
    #expect(failure(of: nested(32)) == nil)
    #expect(failure(of: nested(33)) == "test.lua:2: a schema may be nested 32 deep")
  }

  @Test func `rules cannot be changed or looked into`() throws {
    let look = """
      (function()
        local rule = text{ max = 3 }
        local changed, problem = pcall(function() rule.max = 5 end)
        return { changed, problem, getmetatable(rule), rule.max == nil, next(rule) == nil }
      end)()
      """
    let expected =
      #"[false,"test.lua:3: a rule cannot be changed; declare another one",false,true,true]"#
    #expect(try evaluate(look) == expected)
  }

  /// The ack of `rule:validate(value)` for a rule in Lua and a value as JSON.
  private func validate(_ rule: String, _ json: String) throws -> String {
    let app = try App(
      """
      local rule = \(rule)
      function on_run(self, value) return rule:validate(value, self) end
      """)
    let told = app.send("[\"run\",\(json)]", ack: 1)
    return told.map(\.description).joined(separator: "\n")
  }

  @Test(arguments: [
    (#"text{ pattern = "^%u%d+$" }"#, #""A12""#, #"ack ["A12"]"#),
    (#"text{ pattern = "^%u%d+$" }"#, #""a12""#, #"ack [null,{"_":"has the wrong form"}]"#),
    (
      "text{ check = function(v) return v ~= 'x', 'is taken' end }", #""x""#,
      #"ack [null,{"_":"is taken"}]"#
    ),
    (
      "text{ check = function(v) return v ~= 'x' end }", #""x""#,
      #"ack [null,{"_":"is not valid"}]"#
    ),
    (
      "text{ check = function() return false end, messages = { check = 'no!' } }", #""x""#,
      #"ack [null,{"_":"no!"}]"#
    ),
    (
      "text{ check = function() error('never') end, max = 1 }", #""xy""#,
      #"ack [null,{"_":"must have 1 or fewer characters"}]"#
    ),
    ("text{ check = function() error('never') end, optional = true }", "null", "ack [null]"),
    (
      "schema{ a = text{}, b = text{ check = function(v, whole) return v == whole.a, 'differs' end } }",
      #"{"a":" x","b":"y "}"#, #"ack [null,{"b":"differs"}]"#
    ),
    (
      "schema{ a = integer{} }:check(function(v) return v.a < 5, { a = 'is too much' } end)",
      #"{"a":"7"}"#, #"ack [null,{"a":"is too much"}]"#
    ),
    (
      "schema{ a = integer{} }:check(function(v) return v.a < 5, 'no' end)", #"{"a":7}"#,
      #"ack [null,{"_":"no"}]"#
    ),
    (
      "schema{ a = integer{} }:check(function() return false, 'one' end):check(error)", #"{"a":7}"#,
      #"ack [null,{"_":"one"}]"#
    ),
    (
      "schema{ l = list{ integer{ optional = true, check = function(v) return v ~= 2, 'is two' end } } }",
      #"{"l":[null,1,"2"]}"#, #"ack [null,{"l":{"2":"is two"}}]"#
    ),
    (
      "schema{ o = schema{ a = text{} }:check(function() return false, 'bad' end) }",
      #"{"o":{"a":"x"}}"#, #"ack [null,{"o":"bad"}]"#
    ),
    (
      "schema{ a = text{ check = function(_, _, who) return who.id == 'x', who.id end } }",
      #"{"a":"b"}"#, #"ack [null,{"a":"id-7"}]"#
    ),
  ])
  func `patterns and check functions are the server's`(
    rule: String, value: String, expected: String
  ) throws {
    #expect(try validate(rule, value) == expected)
  }

  @Test func `a check without a proper message is an error that names its rule`() throws {
    let told = try validate("text{ check = function() return false, 5 end }", #""x""#)
    let expected =
      "test.lua:1: a check answers what is wrong as text or a table of texts by field, not 5"
    #expect(told.contains(expected))
  }

  @Test func `hostile values are refused in time`() throws {
    let rule = "schema{ t = text{ max = 9 }, n = number{}, e = email{}, u = text{ like = 'url' } }"
    let long = String(repeating: " ", count: 200_000)
    let digits = String(repeating: "1", count: 200_000)
    let value = """
      {"t":"a\(long)a","n":"\(digits)x","e":"\(digits)@\(digits)","u":"http://\(digits)<"}
      """
    let expected = """
      ack [null,{"e":"must have 254 or fewer characters","n":"must be a number",\
      "t":"must have 9 or fewer characters","u":"must be a web address"}]
      """
    let told = try validate(rule, value)
    #expect(
      canonical(json: String(told.dropFirst(4))) == canonical(json: String(expected.dropFirst(4))))
  }

  @Test func `the errors of one value end at a hundred`() throws {
    let list = Array(repeating: Array(repeating: "0", count: 999).joined(separator: ","), count: 50)
      .map { "[\($0)]" }.joined(separator: ",")
    let told = try validate("list{ list{ text{} } }", "[\(list)]")
    #expect(told.components(separatedBy: "must be text").count == 101)
  }
}
