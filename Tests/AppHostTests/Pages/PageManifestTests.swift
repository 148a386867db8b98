import Reactive
import Testing

@testable import AppHost

@Suite("What an app declares for pages")
struct PageManifestTests {
  private func manifest(_ json: String) throws -> PageManifest { try PageManifest(json.utf8) }

  @Test("is its models, widgets and schemas")
  func declarations() throws {
    let manifest = try manifest(
      """
      {"models":[{"name":"todos","namespace":"/todo","keyed":false}],
       "widgets":[{"name":"list","namespace":"/todo","template":"<p>{{x}}</p>","params":["x"],
                   "extends":null,"style":"a.css","script":["b.js","/c.js"],"js":"this.x()",
                   "partials":{"row":"<li>"},"schemas":{"save":[]}}],
       "schemas":[{"namespace":"/todo","event":"add","args":[{"type":"text"}]}]}
      """)
    #expect(manifest.models == [.init(namespace: "/todo", name: "todos")])
    let widget = try #require(manifest.widgets["list"])
    #expect(widget.template == "<p>{{x}}</p>")
    #expect(widget.templateFile == nil)
    #expect(widget.styles == ["a.css"])
    #expect(widget.scripts == ["b.js", "/c.js"])
    #expect(widget.javaScript == "this.x()")
    #expect(manifest.schemas["/todo"]?["add"] == [["type": "text"]])
  }

  @Test("is nothing when the runtime says nothing", arguments: ["{}", "[]", #"{"models":7}"#])
  func nothing(json: String) throws {
    let manifest = try manifest(json)
    #expect(manifest.models.isEmpty && manifest.widgets.isEmpty && manifest.schemas.isEmpty)
  }

  @Test("is refused when it is not JSON")
  func broken() {
    #expect(throws: ReactiveError.self) { _ = try manifest("{") }
  }

  @Test("names a template's file by its ending", arguments: ["list.html", "parts/list.html"])
  func templateFiles(file: String) throws {
    let json = #"{"widgets":[{"name":"a","namespace":"/a","template":"\#(file)"}]}"#
    #expect(try manifest(json).templateFiles == [file])
  }

  @Test("follows what widgets extend, and stops where it comes round")
  func lineage() throws {
    let manifest = try manifest(
      """
      {"widgets":[{"name":"a","namespace":"/a"},{"name":"b","namespace":"/a","extends":"a"},
       {"name":"c","namespace":"/a","extends":"b"},{"name":"x","namespace":"/a","extends":"y"},
       {"name":"y","namespace":"/a","extends":"x"},{"name":"z","namespace":"/a","extends":"?"}]}
      """)
    #expect(manifest.lineage(of: "c").map(\.name) == ["a", "b", "c"])
    #expect(manifest.lineage(of: "x").map(\.name) == ["y", "x"])
    #expect(manifest.lineage(of: "z").map(\.name) == ["z"])
    #expect(manifest.lineage(of: "?").isEmpty)
  }
}
