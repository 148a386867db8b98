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
    ("{ templat = '' }", #"perigee.widget does not know the option "templat"; did you mean "template"?"#),
    ("{ template = 5 }", #"perigee.widget: the option "template" must be text, not 5"#),
    ("{ template = '', name = '5x' }", #"the option "name" must be a letter, followed by"#),
    ("{ template = '', init = 5 }", #"the option "init" must be a function, or JavaScript as text, not 5"#),
    ("{ template = '', params = { 'a b' } }", #"perigee.widget: a parameter cannot be named "a b""#),
    ("{ template = '', params = { '__proto__' } }", #"a parameter cannot be named "__proto__""#),
    ("{ template = '', params = { 'id' } }", #""id" cannot be a parameter: it belongs to the element"#),
    ("{ template = '', params = { a = print } }", "perigee.widget: a default cannot be written as JSON"),
    ("{ template = '', extends = 5 }", #"the option "extends" must be a widget or the name of one"#),
    ("{ template = '', extends = 'bas' }", #"there is no widget "bas" to extend; did you mean "base"?"#),
    ("{ template = '', partials = { 'a' } }", "must be a table of templates by name"),
    ("{ template = '', validate = { a = 5 } }", #"the event "a" needs a rule"#),
    ("{ template = '', validate = { a = text{} } }", #"names the event "a", but there is no on_a"#),
    ("{}", "perigee.widget needs a template, or a widget that it extends"),
    ("{ name = 'base', template = '' }", #"there is a widget "base" already, declared at test.lua:1"#),
    ("{ name = 'a', extends = 'a' }", #"the widget "a" extends itself"#),
    ("'x'", #"perigee.widget needs a table in braces, not "x""#),
  ])
  func `a wrong declaration is an error at its line`(declaration: String, message: String) throws {
    let failed = failure(
      of: "perigee.widget{ name = 'base', template = '' }\nlocal w = perigee.widget(\(declaration))")
    #expect(failed?.hasPrefix("test.lua:2: ") == true, "\(failed ?? "no error")")
    #expect(failed?.contains(message) == true, "\(failed ?? "no error")")
  }

  @Test func `widgets are refused once the script serves, and when they extend one another`() throws {
    let app = try App("function on_run() perigee.widget{ template = '' } end")
    let told = app.send(#"["run"]"#, ack: 1)
    #expect(told[0].description.contains("declare widgets while the script is loaded"))
    let cycle = """
      perigee.widget{ name = "a", extends = "b" }
      perigee.widget{ name = "b", extends = "a" }
      """
    #expect(failure(of: cycle)?.hasSuffix("extends itself") == true)
  }
}
