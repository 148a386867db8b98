import Reactive
import Testing

@testable import AppHost

@Suite("What pages can show of an app")
struct PageCatalogTests {
  private func catalog(_ json: String, files: [String: String] = [:]) throws -> PageCatalog {
    PageCatalog(try PageManifest(json.utf8), app: "shop") { files[$0] }
  }

  @Test("has widgets with what they inherit, base first, each file once")
  func inheritance() throws {
    let catalog = try catalog(
      """
      {"widgets":[
        {"name":"base","namespace":"/shop","template":"<b>{{>row}}</b>","js":"1","style":"a.css",
         "partials":{"row":"base","more":"more"},"schemas":{"save":[1],"load":[2]}},
        {"name":"child","namespace":"/shop","extends":"base","js":"2","style":["a.css","/b.css"],
         "script":"https://example.org/c.js","partials":{"row":"child"},"schemas":{"save":[3]}}],
       "schemas":[{"namespace":"/shop","event":"add","args":[0]}]}
      """)
    let widget = try #require(catalog.widgets["child"])
    #expect(widget.problem == nil)
    #expect(widget.template?.source == "<b>{{>row}}</b>")
    #expect(widget.partials.mapValues(\.source) == ["row": "child", "more": "more"])
    #expect(widget.styles == ["/shop/a.css", "/b.css"])
    #expect(
      widget.scripts == [
        "/shop/_widgets/base.js", "https://example.org/c.js", "/shop/_widgets/child.js",
      ])
    #expect(JSONValue.object(widget.schemas) == ["add": [0], "save": [3], "load": [2]])
  }

  @Test("reads templates from files")
  func files() throws {
    let json = #"{"widgets":[{"name":"w","namespace":"/shop","template":"w.html"}]}"#
    let widget = try catalog(json, files: ["w.html": "<i>{{x}}</i>"]).widgets["w"]
    #expect(widget?.template?.source == "<i>{{x}}</i>")
    #expect(widget?.template?.name == "shop/www/w.html")
    #expect(
      try catalog(json).widgets["w"]?.problem
        == "the template of the widget \"w\" is not there: shop/www/w.html")
  }

  @Test("says what is wrong with a widget, and shows the others")
  func problems() throws {
    let catalog = try catalog(
      """
      {"widgets":[{"name":"none","namespace":"/shop"},
        {"name":"broken","namespace":"/shop","template":"<p>{{#if x}}</p>"},
        {"name":"fine","namespace":"/shop","template":"<p></p>"}]}
      """)
    #expect(
      catalog.widgets["none"]?.problem == "the widget \"none\" of shop has no template")
    #expect(catalog.widgets["broken"]?.problem?.hasPrefix("shop/broken:1:") == true)
    #expect(catalog.widgets["fine"]?.problem == nil)
  }

  @Test("suggests the name that was meant")
  func suggestions() throws {
    let catalog = try catalog(
      """
      {"models":[{"name":"stock","namespace":"/shop"}],
       "widgets":[{"name":"basket","namespace":"/shop","template":""}]}
      """)
    #expect(catalog.problem(withModel: "stock", in: "/shop") == nil)
    #expect(
      catalog.problem(withModel: "stok", in: "/shop")
        == "/shop has no model \"stok\"; did you mean \"stock\"?")
    #expect(catalog.problem(withModel: "stock", in: "/other") == "/other has no model \"stock\"")
    #expect(
      catalog.problem(withWidget: "baskte", of: "shop")
        == "shop has no widget \"baskte\"; did you mean \"basket\"?")
  }
}
