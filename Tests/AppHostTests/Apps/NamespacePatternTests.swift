import Testing

@testable import AppHost
@testable import LuaRuntime

@Suite("A namespace pattern")
struct NamespacePatternTests {
  private func pattern(_ text: String) -> NamespacePattern {
    NamespacePattern(LuaNamespacePattern(pattern: text, script: "/script"))
  }

  @Test(
    "has stars that stand for something without a slash",
    arguments: [
      ("/orders/*", "/orders/1", true), ("/orders/*", "/orders/", false),
      ("/orders/*", "/orders", false), ("/orders/*", "/orders/1/2", false),
      ("/orders/*", "/other/1", false), ("/*/admin", "/a/admin", true),
      ("/*/admin", "//admin", false),
      ("/*/*", "/a/b", true), ("/*/*", "/a", false), ("/a*b*c", "/a1b2c", true),
      ("/a*b*c", "/abbc", false), ("/a*b*c", "/axbbxc", true), ("/a*b*c", "/a1b2c3", false),
      ("/a*a", "/aa", false), ("/a*a", "/aaa", true), ("/**", "/a", false), ("/**", "/ab", true),
      ("/*é", "/éé", true), ("/exact", "/exact", true), ("/exact", "/exactly", false),
      ("/*", "", false), ("/*", "/", false), ("/*", "*", false), ("/*", "/a\u{301}", true),
    ])
  func stars(pattern: String, name: String, matches: Bool) {
    #expect(self.pattern(pattern).matches(name) == matches)
    #expect(self.pattern(pattern).script == "/script")
  }

  @Test("is compared in no time with a name that almost matches", .timeLimit(.minutes(1)))
  func hostile() {
    let pattern = pattern("/" + String(repeating: "a*", count: 20) + "b")
    #expect(!pattern.matches("/" + String(repeating: "a", count: 100_000)))
    let slashes = self.pattern("/*/" + String(repeating: "a*", count: 20) + "b")
    #expect(!slashes.matches(String(repeating: "/", count: 100_000)))
  }

  @Test("matches what trying every length for every star matches: fuzz")
  func fuzzAgainstTrying() {
    Fuzz.run { generator in
      let text = "/" + generator.text(maxCount: 6, alphabet: "ab/**")
      let name = "/" + generator.text(maxCount: 8, alphabet: "ab/")
      #expect(pattern(text).matches(name) == Self.matches(Array(name)[...], Array(text)[...]))
    }
  }

  private static func matches(
    _ name: ArraySlice<Character>, _ pattern: ArraySlice<Character>
  ) -> Bool {
    guard let first = pattern.first else { return name.isEmpty }
    guard let character = name.first else { return false }
    if first != "*" {
      return first == character && matches(name.dropFirst(), pattern.dropFirst())
    }
    return (1...name.count).contains { length in
      !name.prefix(length).contains("/")
        && matches(name.dropFirst(length), pattern.dropFirst())
    }
  }
}
