import Reactive
import Testing

@Test("an error names its place before its message")
func place() {
  let error = ReactiveError(.template, "<ul> is not closed", name: "a.html", line: 3, column: 7)
  #expect("\(error)" == "a.html:3:7: <ul> is not closed")
  #expect("\(ReactiveError(.data, "no JSON"))" == "no JSON")
}
