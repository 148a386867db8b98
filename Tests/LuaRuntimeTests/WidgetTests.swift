import Foundation
import LuaRuntime
import Testing

@Suite struct WidgetTests {
  private func failure(of script: String) -> String? {
    do {
      _ = try App(script, connected: false)
      return nil
    } catch {
      return "\(error)"
    }
  }

  private func manifest(of script: String) throws -> [String: Any] {
    let app = try App(script, connected: false)
    let json = try JSONSerialization.jsonObject(with: Data(app.isolate.manifest))
    return json as? [String: Any] ?? [:]
  }

  @Test func `the manifest has what a widget declares`() throws {
    let manifest = try manifest(
      of: """
        local base = perigee.widget{ name = "base", template = "<p>{{a}}</p>", params = { "a", b = 5 } }
        perigee.widget{
          extends = base, style = "s.css", script = "s.js", js = "one()", init = "two()",
          partials = { row = "<li>" }, validate = { save = schema{ a = text{} }, move = { integer{} } },
        }
        function on_save() end
        function on_move() end
        """)
    let base = #"""
      {"name":"base","namespace":"/test","template":"<p>{{a}}</p>","params":["a","b"],\#
      "defaults":{"b":5},"extends":null,"partials":{},"schemas":{}}
      """#
    let own = #"""
      {"name":"test","namespace":"/test","params":[],"defaults":{},"extends":"base","style":"s.css",\#
      "script":"s.js","js":"one()\ntwo()","partials":{"row":"<li>"},"schemas":{\#
      "save":{"args":[{"type":"object","fields":[["a",{"type":"text"}]]}]},\#
      "move":{"args":[{"type":"integer"}],"positional":true}}}
      """#
    #expect(manifest["widgets"].map(canonical) == canonical(json: "[\(base),\(own)]"))
    let schemas = #"""
      [{"namespace":"/test","event":"move","args":[{"type":"integer"}],"positional":true},\#
      {"namespace":"/test","event":"save","args":[{"type":"object","fields":[["a",{"type":"text"}]]}]}]
      """#
    #expect(manifest["schemas"].map(canonical) == canonical(json: schemas))
  }

  @Test func `its schemas guard events that the script does not validate`() throws {
    let app = try App(
      """
      perigee.widget{ template = "", validate = { a = text{ max = 1 }, b = text{ max = 1 } } }
      validate = { a = text{} }
      function on_a(self, value) return value end
      function on_b(self, value) return value end
      """)
    #expect(app.ask(#"["a","xy"]"#) == #""xy""#)
    #expect(app.send(#"["b","xy"]"#, ack: 3)[0].body.contains("must have 1 or fewer characters"))
  }

  @Test(arguments: [
    (
      "{ templat = '' }",
      #"perigee.widget does not know the option "templat"; did you mean "template"?"#
    ),
    ("{ template = 5 }", #"perigee.widget: the option "template" must be text, not 5"#),
    ("{ template = '', name = '5x' }", #"the option "name" must be a letter, followed by"#),
    (
      "{ template = '', init = 5 }",
      #"the option "init" must be a function, or JavaScript as text, not 5"#
    ),
    (
      "{ template = '', params = { 'a b' } }", #"perigee.widget: a parameter cannot be named "a b""#
    ),
    ("{ template = '', params = { '__proto__' } }", #"a parameter cannot be named "__proto__""#),
    (
      "{ template = '', params = { 'id' } }",
      #""id" cannot be a parameter: it belongs to the element"#
    ),
    (
      "{ template = '', params = { a = print } }",
      "perigee.widget: a default cannot be written as JSON"
    ),
    (
      "{ template = '', extends = 5 }", #"the option "extends" must be a widget or the name of one"#
    ),
    (
      "{ template = '', extends = 'bas' }",
      #"there is no widget "bas" to extend; did you mean "base"?"#
    ),
    ("{ template = '', partials = { 'a' } }", "must be a table of templates by name"),
    ("{ template = '', validate = { a = 5 } }", #"the event "a" needs a rule"#),
    ("{ template = '', validate = { a = text{} } }", #"names the event "a", but there is no on_a"#),
    ("{}", "perigee.widget needs a template, or a widget that it extends"),
    (
      "{ name = 'base', template = '' }",
      #"there is a widget "base" already, declared at test.lua:1"#
    ),
    ("{ name = 'a', extends = 'a' }", #"the widget "a" extends itself"#),
    ("'x'", #"perigee.widget needs a table in braces, not "x""#),
  ])
  func `a wrong declaration is an error at its line`(declaration: String, message: String) throws {
    let failed = failure(
      of: "perigee.widget{ name = 'base', template = '' }\nlocal w = perigee.widget(\(declaration))"
    )
    #expect(failed?.hasPrefix("test.lua:2: ") == true, "\(failed ?? "no error")")
    #expect(failed?.contains(message) == true, "\(failed ?? "no error")")
  }

  @Test func `widgets are refused once the script serves, and when they extend one another`() throws
  {
    let app = try App("function on_run() perigee.widget{ template = '' } end")
    let told = app.send(#"["run"]"#, ack: 1)
    #expect(told[0].description.contains("declare widgets while the script is loaded"))
    let cycle = """
      perigee.widget{ name = "a", extends = "b" }
      perigee.widget{ name = "b", extends = "a" }
      """
    #expect(failure(of: cycle)?.hasSuffix("extends itself") == true)
  }

  /// The data of widgets in one page, or what is wrong with them.
  private func data(_ script: String, _ needs: String) throws -> String {
    let app = try App(script, connected: false)
    let told = app.request("perigee:page", "{\"needs\":{\"widgets\":[\(needs)]}}")
    let body = told.first { $0.kind == .respond }?.body ?? told.map(\.description).joined()
    let page = try JSONSerialization.jsonObject(with: Data(body.utf8)) as? [String: Any]
    return page?["widgets"].map(canonical) ?? body
  }

  private let pair = """
    local base = perigee.widget{
      name = "base", template = "", params = { "a", list = {}, o = { n = 1 } },
      init = function(self, params) return { from = params.a, kind = type(self.id) } end,
    }
    perigee.widget{
      name = "own", extends = base, params = { b = 2 },
      init = function(self, params) return { seen = params.from, b = params.b + 1, empty = {} } end,
    }
    """

  @Test func `data are defaults, what the page gives, and what init answers, base first`() throws {
    let own = #"{"name":"own","params":{"a":"x","b":5}}"#
    let expected = """
      [{"data":{"a":"x","b":6,"empty":[],"from":"x","kind":"string","list":[],"o":{"n":1},"seen":"x"}}]
      """
    #expect(try data(pair, own) == expected)
    #expect(
      try data(pair, #"{"name":"base","params":{}}"#)
        == #"[{"data":{"kind":"string","list":[],"o":{"n":1}}}]"#)
  }

  @Test(arguments: [
    (
      #"{"name":"base","params":{"lst":1}}"#,
      #"the widget "base" has no parameter "lst"; did you mean "list"?"#
    ),
    (#"{"name":"bse","params":{}}"#, #"there is no widget "bse"; did you mean "base"?"#),
    (
      #"{"name":"base","params":{"__proto__":1}}"#,
      #"has no parameter "__proto__"; there are a, list, o"#
    ),
  ])
  func `a page that asks for what is not there is told so`(need: String, message: String) throws {
    let told = try data(pair, need)
    #expect(told.contains(canonical(message).dropFirst().dropLast()), "\(told)")
  }

  @Test(arguments: [
    ("return 5", "must answer a table, not 5"),
    ("return { f = print }", "answers what JSON cannot carry"),
    ("return { 0/0 }", "answers what JSON cannot carry"),
    ("local t = {} t.t = t return t", "nested too deeply, or contains itself"),
    ("error('broken')", "internal_error"),
  ])
  func `data that init cannot give are an error of this widget alone`(
    code: String, message: String
  ) throws {
    let script = """
      perigee.widget{ name = "good", template = "" }
      perigee.widget{ name = "bad", template = "", init = function() \(code) end }
      """
    let told = try data(script, #"{"name":"bad","params":{}},{"name":"good","params":{}}"#)
    #expect(told.contains(message) && told.hasSuffix(#",{"data":{}}]"#), "\(told)")
  }

  @Test func `init may wait`() throws {
    let app = try App(
      """
      perigee.widget{ name = "w", template = "", init = function()
        perigee.sleep(1)
        return { a = 1 }
      end }
      """, connected: false)
    let needs = #"{"needs":{"widgets":[{"name":"w","params":{}}]}}"#
    let told = app.request("perigee:page", needs)
    #expect(told.texts == ["sleep"])
    app.isolate.wake(told[0].token)
    #expect(app.take().first { $0.kind == .respond }?.body.contains(#"{"data":{"a":1}}"#) == true)
  }
}
