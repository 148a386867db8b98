import Reactive
import Testing

@Suite struct LivePageTests {
  private let visit = PageVisit(path: "/todo/", query: ["room": "tea"], showsProblems: true)

  private func fill(_ snapshot: JSONValue? = ["items": ["a", "<b>"]]) -> BindingFill {
    BindingFill(
      address: Binding.Address(namespace: "/todo", model: "todos"), channel: "model:todos",
      position: "1-2", snapshot: snapshot)
  }

  private func rendered(
    _ html: String, _ bindings: [BindingFill] = [], _ widgets: [WidgetFill] = []
  ) throws -> String {
    try LivePage(html: html, name: "www/a.html").render(
      bindings: bindings, widgets: widgets, visit: visit)
  }

  private func data(of html: String) throws -> JSONValue {
    let start = "<script type=\"application/json\" id=\"perigee-page\">"
    let opened = try #require(html.split(separator: start, maxSplits: 1).last)
    let text = try #require(opened.split(separator: "</script>", maxSplits: 1).first)
    return try JSONValue(parsing: String(text))
  }

  @Test("a binding is drawn in its place, and the page holds what it was drawn from")
  func binding() throws {
    let html = try rendered(
      """
      <!doctype html><html><head><title>T</title></head>
      <body><ul bind="/todo#todos" class=x>{{#each items}}<li>{{.}}</li>{{/each}}</ul></body></html>
      """, [fill()])
    #expect(
      html.hasPrefix(
        """
        <!doctype html><html><head><title>T</title><script src="/perigee.js" defer></script>
        <script src="/ractive.js" defer></script>
        </head>
        <body><ul bind="/todo#todos" class=x data-perigee="0"><li>a</li><li>&lt;b&gt;</li></ul>\
        <script type="application/json" id="perigee-page">
        """))
    #expect(html.hasSuffix("</script>\n</body></html>"))
    let entry = try data(of: html)["bindings"]?[0]
    #expect(entry?["namespace"] == "/todo")
    #expect(entry?["model"] == "todos")
    #expect(entry?["key"] == .null)
    #expect(entry?["channel"] == "model:todos")
    #expect(entry?["position"] == "1-2")
    #expect(entry?["snapshot"] == ["items": ["a", "<b>"]])
    #expect(entry?["template"] == "{{#each items}}<li>{{.}}</li>{{/each}}")
  }

  @Test("data can't end its script element")
  func hostileData() throws {
    let html = try rendered("<p bind='/a'>{{x}}</p>", [fill(["x": "</script><script>hacked()"])])
    #expect(!html.contains("<script>hacked()"))
    #expect(try data(of: html)["bindings"]?[0]?["snapshot"]?["x"] == "</script><script>hacked()")
  }

  @Test("scripts that the page has are not added again")
  func ownScripts() throws {
    let html = try rendered(
      """
      <head><script src="/perigee.min.js"></script><script src=/ractive.js?v=2 defer></script></head>
      <p bind="/a"></p>
      """, [fill()])
    #expect(html.split(separator: "<script src").count == 3)
  }

  @Test("a page without head and body gets everything at its end")
  func bare() throws {
    let html = try rendered("<p bind=\"/a\">{{items.length}}</p>", [fill()])
    let parts = ["2</p><script src=\"/perigee.js\"", "/ractive.js", "application/json"]
    var rest = html[...]
    for part in parts {
      let pieces = rest.split(separator: part, maxSplits: 1, omittingEmptySubsequences: false)
      #expect(pieces.count == 2, "\(part)")
      rest = pieces.last ?? ""
    }
  }

  @Test(
    "the template is what the element holds or names",
    arguments: [
      "<p bind='/a'><script type='text/ractive'>{{items.length}}</script></p>",
      "<p bind='/a'> <template>{{items.length}}</template></p>",
      "<p bind='/a' template='#t'>x</p><script id=t type='text/ractive'>{{items.length}}</script>",
      "<template id=t>{{items.length}}</template><p bind='/a' template='#t'></p>",
    ])
  func templates(html: String) throws {
    let page = LivePage(html: html, name: "a.html")
    #expect(page.problems.isEmpty)
    #expect(page.bindings.map(\.source) == ["{{items.length}}"])
    #expect(try rendered(html, [fill()]).contains(">2</p>"))
  }

  @Test(
    "what only looks like an element is left alone",
    arguments: [
      "<!-- <p bind=\"/a\"></p> -->", "<script>'<p bind=\"/a\"></p>'</script>",
      "<textarea><p bind=\"/a\"></textarea>", "<p title='<p bind=\"/a\">'></p>",
      "<p bind=\"a\"></p>", "<template><p bind=\"/a\"></p></template>",
    ])
  func lookalikes(html: String) throws {
    let page = LivePage(html: html, name: "a.html")
    #expect(page.bindings.isEmpty)
    #expect(try rendered(html).hasPrefix(html))
  }

  @Test("contents end at their own end tag, past mustaches with angle brackets")
  func contents() {
    let contents =
      "<div>{{#if a < b && c > d}}x{{/if}}</div><b title=\"</div>{{a ? \"x\" : 'y'}}\"></b>"
    let page = LivePage(html: "<div bind=\"/a\">\(contents)</div><div>", name: "a.html")
    #expect(page.bindings.map(\.source) == [contents])
    #expect(page.problems.isEmpty)
  }

  @Test("an address may name what the visit says")
  func addresses() throws {
    let page = LivePage(
      html: "<p bind=\"/chat#room:{{query.room || 'lobby'}}\"></p><p bind='/a'></p>", name: "a")
    let room = try page.bindings[0].address(for: visit)
    #expect(room == Binding.Address(namespace: "/chat", model: "room", key: "tea"))
    #expect(try page.bindings[0].address(for: PageVisit(path: "/")).key == "lobby")
    #expect(try page.bindings[1].address(for: visit) == Binding.Address(namespace: "/a"))
    let html = try page.render(
      bindings: [BindingFill(address: room)], widgets: [], visit: visit)
    #expect(html.hasPrefix("<p bind=\"/chat#room:tea\" data-perigee=\"0\"></p>"))
  }

  @Test("an address that the visit names is what it says, and stays in its attribute")
  func strangeAddresses() throws {
    let page = LivePage(html: "<p bind=\"/chat#room:{{query.room}}\"></p>", name: "a")
    let visit = PageVisit(path: "/", query: ["room": "R&D \"<b>\""])
    let room = try page.bindings[0].address(for: visit)
    #expect(room.key == "R&D \"<b>\"")
    let html = try page.render(
      bindings: [BindingFill(address: room)], widgets: [], visit: visit)
    #expect(html.hasPrefix("<p bind=\"/chat#room:R&amp;D &quot;&lt;b&gt;&quot;\" data-perigee"))
  }

  @Test("a mistake in one template spoils its element only")
  func mistakes() throws {
    let html = "<p bind='/a'>{{#x}}</p>\n<p bind='/a'>{{items.length}}</p>"
    let page = LivePage(html: html, name: "a.html")
    #expect(page.problems.map(\.line) == [1])
    let shown = try rendered(html, [fill(), fill()])
    #expect(shown.contains("role=\"alert\">www/a.html:1:14: {{#x}} is not closed"))
    #expect(shown.contains(">2</p>"))
    let hidden = try page.render(
      bindings: [fill(), fill()], widgets: [], visit: PageVisit(path: "/"))
    #expect(!hidden.contains("is not closed"))
  }

  @Test(
    "elements that can't be bound are explained",
    arguments: [
      ("<p>\n<div bind='/a'>", "not closed"), ("<div bind='/a'><p bind='/b'></p></div>", "within"),
      ("<p bind='/a' template='#t'></p>", "no template with the id t"),
      ("<perigee-widget></perigee-widget>", "name"), ("{{{ widget }}}", "expected"),
      ("{{{ widget 'a' b }}}", "expected ="),
    ])
  func problems(html: String, message: String) throws {
    let page = LivePage(html: html, name: "a.html")
    #expect(page.problems.count == 1)
    #expect(page.problems.first?.description.contains(message) == true, "\(page.problems)")
    #expect(try rendered(html, [fill()]).contains("perigee-problem"))
  }

  @Test("problems while drawing are reported and shown")
  func reports() throws {
    let page = LivePage(html: "<p bind='/a'>{{>p}}{{#partial p}}{{>p}}{{/partial}}</p>", name: "a")
    var reported: [ReactiveError] = []
    let html = try page.render(bindings: [fill()], widgets: [], visit: visit) {
      reported.append($0)
    }
    #expect(reported.map(\.code) == [.limit])
    #expect(html.contains("nested more than 200 deep"))
  }

  @Test("what is refused stays empty, and says why if it should not be")
  func refused() throws {
    #expect(try rendered("<p bind='/a'>x</p>", [fill(nil)]).contains("data-perigee=\"0\"></p>"))
    let address = Binding.Address(namespace: "/a")
    let html = try rendered(
      "<p bind='/a'>x</p>", [BindingFill(address: address, problem: "no <a>")])
    #expect(html.contains("role=\"alert\">www/a.html:1:1: no &lt;a&gt;</pre>"))
  }

  @Test("live pages are told by their marks")
  func isLive() {
    #expect(LivePage.isLive("<p bind=\"/a\">".utf8))
    #expect(LivePage.isLive("<perigee-widget name=a>".utf8))
    #expect(LivePage.isLive("{{{widget 'a'}}}".utf8))
    #expect(!LivePage.isLive("<p onclick=bind()>".utf8))
  }

  @Test("any page ends in a page that holds what isn't special")
  func fuzz() {
    let parts = [
      "<div bind=\"/a#b\">", "</div>", "<p bind='/a'>", "</p>", "{{", "}}", "{{x}}", "<!--", "-->",
      "<script>", "</script>", "<script type='text/ractive' id=t>", "<template id=t>",
      "</template>",
      "<perigee-widget name=w a=1>", "</perigee-widget>", "{{{ widget 'w' b=[1] }}}", "{{{widget ",
      "\"", "'", "<", ">", " template='#t'", "<head>", "</head>", "</body>", "é", "bind=\"/x{{",
    ]
    Fuzz.run { generator in
      let source = generator.text(of: parts, maxCount: 14)
      let page = LivePage(html: source, name: "fuzz")
      _ = page.bindings.map { try? $0.address(for: visit) }
      let fills = page.bindings.map { _ in fill() }
      let widget = WidgetFill(app: "a", namespace: "/a", template: nil)
      let html = try? page.render(
        bindings: fills, widgets: page.widgets.map { _ in widget }, visit: visit)
      #expect(html != nil, "\(source)")
      if page.bindings.isEmpty, page.widgets.isEmpty, page.problems.isEmpty {
        #expect((html?.utf8.count ?? 0) > source.utf8.count)
      }
    }
  }
}
