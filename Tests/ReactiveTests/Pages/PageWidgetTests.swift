import Reactive
import Testing

@Suite struct PageWidgetTests {
  private func fill(
    _ source: String, data: JSONValue = [:], styles: [String] = [], scripts: [String] = []
  ) throws -> WidgetFill {
    WidgetFill(
      app: "pingpong", namespace: "/pingpong", template: try Template(source: source), data: data,
      styles: styles, scripts: scripts)
  }

  private func rendered(_ html: String, _ widgets: [WidgetFill]) throws -> String {
    try LivePage(html: html, name: "a.html").render(
      bindings: [], widgets: widgets, visit: PageVisit(path: "/", showsProblems: true))
  }

  @Test("elements and placeholders say name, app, id and parameters")
  func uses() {
    let page = LivePage(
      html: """
        <perigee-widget name="pong" app="pingpong" id="pp" class="c" messages='["a"]' n=5 t=x>
        </perigee-widget>{{{ widget "games/pong" id='q' messages=[1, {a: "b"}] big=true }}}
        {{{widget "pong"}}}<perigee-widget name="pong"/><b id="pong1"></b>
        """, name: "a.html")
    #expect(page.problems.isEmpty)
    #expect(page.widgets.map(\.name) == ["pong", "pong", "pong", "pong"])
    #expect(page.widgets.map(\.app) == ["pingpong", "games", nil, nil])
    #expect(page.widgets.map(\.id) == ["pp", "q", "pong2", "pong3"])
    #expect(
      page.widgets.map(\.params) == [
        ["messages": ["a"], "n": 5, "t": "x"], ["messages": [1, ["a": "b"]], "big": true], [:], [:],
      ])
  }

  @Test("a widget is drawn within its element")
  func drawn() throws {
    let html = try rendered(
      "<body><perigee-widget name=pong class=\"c\">old<p></perigee-widget>{{{ widget 'pong' }}}</body>",
      [try fill("<b>{{n}}</b>", data: ["n": "<"]), try fill("{{n}}", data: ["n": 2])])
    #expect(
      html.contains(
        """
        <perigee-widget name="pong" app="pingpong" id="pong1" class="c"><b>&lt;</b>\
        </perigee-widget><perigee-widget name="pong" app="pingpong" id="pong2">2</perigee-widget>
        """))
    #expect(
      html.contains(#""id":"pong2","namespace":"/pingpong","template":"{{n}}","data":{"n":2}"#))
  }

  @Test("styles and scripts come once, in the order of first use")
  func assets() throws {
    let html = try rendered(
      "<head><link rel=stylesheet href=/a.css></head>{{{ widget 'x' }}}{{{ widget 'y' }}}",
      [
        try fill("", styles: ["/a.css", "/b.css"], scripts: ["/base.js", "/x.js"]),
        try fill("", styles: ["/b.css"], scripts: ["/base.js", "/y.js"]),
      ])
    #expect(
      html.contains(
        """
        <link rel="stylesheet" href="/b.css">
        <script src="/perigee.js" defer></script>
        <script src="/ractive.js" defer></script>
        <script src="/base.js" defer></script>
        <script src="/x.js" defer></script>
        <script src="/y.js" defer></script>
        </head>
        """))
  }

  @Test("partials of a widget serve its template and reach the page")
  func partials() throws {
    let fill = WidgetFill(
      app: "a", namespace: "/a", template: try Template(source: "{{>base}}!"),
      data: ["x": 1], partials: ["base": try Template(source: "[{{x}}]")])
    let html = try rendered("{{{ widget 'x' }}}", [fill])
    #expect(html.contains(">[1]!</perigee-widget>"))
    #expect(html.contains(#""partials":{"base":"[{{x}}]"}"#))
  }

  @Test("a widget that is missing says why and leaves the rest alone")
  func missing() throws {
    let fill = WidgetFill(app: "a", namespace: "/a", template: nil, problem: "no widget x")
    let html = try rendered("<p>{{{ widget 'x' }}}</p>", [fill])
    #expect(html.contains("a.html:1:4: no widget x"))
    #expect(html.contains("</perigee-widget></p>"))
  }
}
