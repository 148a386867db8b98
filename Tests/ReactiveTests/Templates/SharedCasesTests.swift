import Reactive
import Testing

@Suite struct SharedCasesTests {
  @Test("the cases of the Mustache specification", arguments: SharedCase.all(in: "mustache"))
  func mustache(one: SharedCase) throws {
    #expect(try one.rendered() == one.html)
  }

  @Test("the cases that browser and server share", arguments: SharedCase.all(in: "templates"))
  func templates(one: SharedCase) throws {
    guard let expected = one.json["error"] else {
      #expect(try one.rendered() == one.html)
      return
    }
    let error = #expect(throws: ReactiveError.self) { try one.rendered() }
    if let line = expected["line"]?.number { #expect(error.map { Double($0.line) } == line) }
    let message = expected["message"]?.string ?? ""
    #expect(error?.description.contains(message) == true, "\(error?.description ?? "")")
  }

  @Test("hostile values do not run", arguments: SharedCase.all(in: "xss"))
  func hostile(one: SharedCase) throws {
    let html = try one.rendered()
    if let expected = one.html { #expect(html == expected) }
  }

  @Test("there are cases")
  func present() { #expect(SharedCase.all(in: "mustache").count > 100) }
}
