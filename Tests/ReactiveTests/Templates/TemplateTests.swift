import Reactive
import Testing

@Suite struct TemplateTests {
  private static let pieces = [
    "{{#a}}", "{{/a}}", "{{^a}}", "{{else}}", "{{elseif b}}", "{{#each a:i}}", "{{/}}", "{{x}}",
    "{{{x}}}", "{{>p}}", "{{!", "}}", "{{=<% %>=}}", "<%x%>", "<div ", "<li>", "</li>", "</div>",
    ">", "class=\"", "\"", "href=", "'", "<!--", "-->", "<script>", "</script>", "{{#partial p}}",
    "{{#with a as b}}", "a.b[0]", "(", ")", " ", "\n", "&#", "<", "on-click=\"x: {{y}}\"", "é",
  ]
  private static let data: JSONValue = [
    "a": [["b": [1, 2], "x": "<"], ["x": "&"]], "b": true, "x": "é\"", "y": ["k": [:]],
  ]

  @Test("any text ends in HTML or an error with its place")
  func fuzz() {
    Fuzz.run { generator in
      check(generator.text(of: Self.pieces, maxCount: 20))
      check(String(decoding: generator.bytes(maxCount: 60), as: UTF8.self))
    }
  }

  @Test("changed cases end in HTML or an error with its place")
  func mutationFuzz() {
    let cases = ["mustache", "templates", "xss"].flatMap { SharedCase.all(in: $0) }
    Fuzz.run { generator in
      guard let one = cases.randomElement(using: &generator) else { return }
      check(generator.mutation(of: one.template), one.data)
    }
  }

  private func check(_ source: String, _ data: JSONValue = data) {
    do throws(ReactiveError) {
      let template = try Template(source: source, name: "fuzz")
      _ = try template.render(data: data, partials: ["p": template])
    } catch {
      #expect(error.code == .limit || error.line > 0, "\(source)")
    }
  }

  @Test("errors tell name, line and column")
  func places() {
    let error = #expect(throws: ReactiveError.self) {
      try Template(source: "<p>é</p>\n  <ul><b>\n</ul>", name: "a.html")
    }
    #expect(error?.description == "a.html:2:7: <b> is not closed; </ul> stands at line 3 instead")
  }

  @Test("nested loops over large data end with an error")
  func steps() throws {
    let row = JSONValue.array(Array(repeating: 1, count: 1_000))
    let source = "{{#each a}}{{#each ../a}}{{#each ../../a}}{{/each}}{{/each}}{{/each}}"
    let template = try Template(source: source)
    let error = #expect(throws: ReactiveError.self) { try template.render(data: ["a": row]) }
    #expect(error?.code == .limit)
    #expect(error?.message.contains("steps") == true)
  }

  @Test("an endless output ends with an error")
  func outputLimit() throws {
    let text = JSONValue.string(String(repeating: "x", count: 100_000))
    let template = try Template(source: "{{#each a}}{{../b}}{{/each}}")
    let data: JSONValue = ["a": .array(Array(repeating: 1, count: 1_000)), "b": text]
    let error = #expect(throws: ReactiveError.self) { try template.render(data: data) }
    #expect(error?.message.contains("16 MiB") == true)
  }

  @Test("texts that grow by doubling end with an error")
  func doubling() throws {
    let names = (0..<60).map { "t\($0)" }
    let opening = zip(names, names.dropFirst()).map { "{{#with \($0)+\($0) as \($1)}}" }
    let closing = String(repeating: "{{/with}}", count: names.count - 1)
    let template = try Template(source: opening.joined() + "{{t59.length}}" + closing)
    let error = #expect(throws: ReactiveError.self) { try template.render(data: ["t0": "xxxx"]) }
    #expect(error?.code == .limit)
  }

  @Test(
    "costly calls end with an error or nothing",
    arguments: [
      "{{#each a}}{{b.indexOf(c)}}{{/each}}", "{{#each a}}{{b.split('').length}}{{/each}}",
      "{{#each a}}{{JSON.stringify(b).length}}{{/each}}",
      "{{#each a}}{{b.slice(1).length}}{{/each}}",
    ])
  func costlyCalls(source: String) throws {
    let data: JSONValue = [
      "a": .array(Array(repeating: 1, count: 100_000)),
      "b": .string(String(repeating: "a", count: 100_000)),
      "c": .string(String(repeating: "a", count: 50_000) + "b"),
    ]
    let template = try Template(source: source)
    let error = #expect(throws: ReactiveError.self) { try template.render(data: data) }
    #expect(error?.code == .limit)
  }

  @Test("partials that call themselves end with an error, however deep their elements")
  func recursion() throws {
    let open = String(repeating: "<b>", count: 60)
    let close = String(repeating: "</b>", count: 60)
    let endless = try Template(source: "\(open){{#if a}}{{>p}}{{/if}}\(close)")
    let error = #expect(throws: ReactiveError.self) {
      try endless.render(data: ["a": 1], partials: ["p": endless])
    }
    #expect(error?.code == .limit)
  }

  @Test("a large template is read in a time that grows with its size only")
  func linear() throws {
    let clock = ContinuousClock()
    for piece in ["{ ", "<", "&", "{{x}}", "<p>", "a\n", "{{! c }}\n", "<b class-a=x></b>", "<b a"]
    {
      let source = String(repeating: piece, count: 200_000 / piece.utf8.count)
      let time = clock.measure { _ = try? Template(source: source) }
      #expect(time < .seconds(5), "\(piece)")
    }
  }
}
