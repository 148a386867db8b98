import Reactive
import Testing

@Suite struct SharedCasesTests {
  @Test("the cases of the Mustache specification", arguments: SharedCase.all(in: "mustache"))
  func mustache(one: SharedCase) throws {
    #expect(try one.rendered() == one.html)
  }

  @Test("the cases that browser and server share", arguments: SharedCase.all(in: "templates"))
  func templates(one: SharedCase) throws { try check(one) }

  @Test("hostile values do not run", arguments: SharedCase.all(in: "xss"))
  func hostile(one: SharedCase) throws { try check(one) }

  @Test("there are cases", arguments: ["mustache", "templates", "xss"])
  func present(folder: String) { #expect(SharedCase.all(in: folder).count > 100) }

  private func check(_ one: SharedCase) throws {
    guard let expected = one.json["error"] else {
      let html = try one.rendered()
      if let expected = one.html { #expect(html == expected) }
      return
    }
    let error = #expect(throws: ReactiveError.self) { try one.rendered() }
    if let line = expected["line"]?.number { #expect(error.map { Double($0.line) } == line) }
    let message = expected["message"]?.string ?? ""
    #expect(error?.description.contains(message) == true, "\(error?.description ?? "")")
  }
}
