import NIOCore
import PubSub
import Reactive
import Testing

@testable import AppHost

@Suite("The plan of a live page")
struct PagePlanTests {
  private let visit = PageVisit(path: "/", query: ["room": "hall"])

  private func catalog() throws -> PageCatalog {
    let json = """
      {"models":[{"name":"todos","namespace":"/todo"},{"name":"room","namespace":"/todo"}],
       "widgets":[{"name":"list","namespace":"/todo","template":"<p>{{x}}</p>"}],
       "schemas":[{"namespace":"/todo","event":"add","args":[]}]}
      """
    return PageCatalog(try PageManifest(json.utf8), app: "todo") { _ in nil }
  }

  private func plan(_ html: String, app: String? = nil, runs: Bool = true) throws -> PagePlan {
    let catalog = try catalog()
    return PagePlan(
      LivePage(html: html, name: "page.html"), visit: visit, app: app,
      source: {
        $0 == "/todo" ? PagePlan.Source(script: "/todo", catalog: runs ? catalog : nil) : nil
      }, owner: { $0 == "todo" && runs ? catalog : nil })
  }

  private func answer(
    _ body: String, status: Int = 200, positions: [String: Position] = [:]
  ) -> RouteResponse {
    var response = RouteResponse(
      status: status, headers: [], body: ByteBuffer(string: body), isStreamed: false)
    response.positions = positions
    return response
  }

  private let page = """
    <div bind="/todo#todos">a</div><div bind="/todo#room:{{query.room}}">b</div>
    <perigee-widget name="list" app="todo" x="1"></perigee-widget>
    """

  @Test("asks each namespace once for all that the page shows of it")
  func question() throws {
    let plan = try plan(page)
    #expect(Array(plan.questions.keys) == ["/todo"])
    let question = try #require(plan.questions["/todo"])
    #expect(
      try JSONValue(parsing: question.json) == [
        "models": [["name": "todos", "key": nil], ["name": "room", "key": "hall"]],
        "widgets": [["name": "list", "params": ["x": 1]]],
      ])
  }

  @Test("puts the answers in the page's order")
  func filled() throws {
    var plan = try plan(page)
    plan.take(
      answer(
        """
        {"models":[{"channel":"model:todos","snapshot":{"n":1}},
          {"channel":"model:room:x","snapshot":{"n":2}}],"widgets":[{"data":{"x":3}}]}
        """, positions: ["model:todos": Position(epoch: "e", offset: 7)]), from: "/todo")
    #expect(plan.bindings[0].snapshot == ["n": 1])
    #expect(plan.bindings[0].position == "e:7")
    #expect(plan.bindings[0].key == nil)
    #expect(plan.bindings[0].schemas == ["add": []])
    #expect(plan.bindings[1].key == "x")
    #expect(plan.bindings[1].position == nil)
    #expect(plan.widgets[0].data == ["x": 3])
    #expect(plan.widgets[0].problem == nil)
  }

  @Test("leaves empty what was refused, and tells of a widget that failed")
  func refused() throws {
    var plan = try plan(page)
    plan.take(
      answer(
        """
        {"models":[{"refused":"connect"},{"refused":"x"}],"widgets":[{"error":"init failed"}]}
        """), from: "/todo")
    #expect(plan.bindings.allSatisfy { $0.snapshot == nil && $0.problem == nil })
    #expect(plan.widgets[0].problem == "init failed")
  }

  @Test(
    "takes an answer that makes no sense for none",
    arguments: [("{}", 200), ("no JSON", 200), (#"{"models":[7]}"#, 200), ("{}", 503)])
  func nonsense(body: String, status: Int) throws {
    var plan = try plan(page)
    plan.take(answer(body, status: status), from: "/todo")
    #expect(plan.bindings.allSatisfy { $0.snapshot == nil && $0.problem == nil })
  }

  @Test("asks nothing about what nobody declares, and says what is wrong")
  func undeclared() throws {
    let plan = try plan(
      """
      <p bind="/todo#todo">a</p><p bind="/nobody#x">b</p>
      <perigee-widget name="lits"></perigee-widget>
      """, app: "todo")
    #expect(plan.questions.isEmpty)
    #expect(
      plan.bindings.map(\.problem) == [
        "/todo has no model \"todo\"; did you mean \"todos\"?", "no app serves /nobody",
      ])
    #expect(
      plan.widgets[0].problem == "todo has no widget \"lits\"; did you mean \"list\"?")
  }

  @Test("fills a binding without a model with nothing")
  func eventsOnly() throws {
    let plan = try plan(#"<form bind="/todo">a</form>"#)
    #expect(plan.questions.isEmpty)
    #expect(plan.bindings[0].snapshot == [:])
    #expect(plan.bindings[0].schemas == ["add": []])
  }

  @Test("asks an app that does not run, which may run by then, and shows no mistake")
  func notRunning() throws {
    let plan = try plan(#"<p bind="/todo#todos">a</p>"#, runs: false)
    #expect(plan.questions.count == 1)
    #expect(plan.bindings[0].problem == nil)
  }

  @Test("wants to know whose a widget is on a page of the host's own")
  func ownerless() throws {
    let plan = try plan(#"<perigee-widget name="list"></perigee-widget>"#)
    #expect(plan.widgets[0].problem?.contains("needs app=") == true)
  }
}
