import Testing

@testable import AppHost

@Suite struct JSONSorterTests {
  private static func sorted(_ text: String) -> String {
    Array(text.utf8).withUnsafeBytes { JSONSorter.sorted($0) }
  }

  @Test(
    "the members of objects are sorted at every depth, all else stays",
    arguments: [
      ("{}", "{}"), (#"{"a":1}"#, #"{"a":1}"#),
      (
        #"{"b":{"d":"}","c":[]},"a":[{"z":1,"y":-2.5e3},true,null,"],\"{"]}"#,
        #"{"a":[{"y":-2.5e3,"z":1},true,null,"],\"{"],"b":{"c":[],"d":"}"}}"#
      ),
      (#"{"é":1,"e":2,"":3}"#, #"{"":3,"e":2,"é":1}"#),
    ])
  func sorts(_ text: String, _ expected: String) {
    #expect(Self.sorted(text) == expected)
    #expect(Self.sorted(expected) == expected)
  }

  @Test("text that is cut short ends all the same")
  func cut() {
    let text = #"{"b":{"d":"\""},"a":[1,{"z":2}]}"#
    for length in 0...text.utf8.count { _ = Self.sorted(String(text.prefix(length))) }
  }
}
