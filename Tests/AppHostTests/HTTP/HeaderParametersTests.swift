import Testing

@testable import AppHost

@Suite("Header parameters")
struct HeaderParametersTests {
  @Test("are read quoted and bare, by names whose case does not count")
  func values() {
    let header = #"form-data; Name="a b"; filename = x;size=1 2 ;flag; charset=utf-8"#
    let parameters = HeaderParameters(header)
    #expect(parameters["name"] == "a b")
    #expect(parameters["size"] == "1 2")
    #expect(parameters["charset"] == "utf-8")
    #expect(parameters["flag"] == nil && parameters["form-data"] == nil)
  }

  @Test("may hold separators, quotation marks and backslashes in quotes")
  func quoted() {
    let parameters = HeaderParameters(#"x; a="1;b=2"; c="\"\\"; d="C:\dir"; e="é\u{301}"; b=3"#)
    #expect(parameters["a"] == "1;b=2")
    #expect(parameters["c"] == #""\"#)
    #expect(parameters["d"] == #"C:\dir"#)
    #expect(parameters["b"] == "3")
  }

  @Test("are the first of a name, so that none is slipped in behind")
  func repeated() {
    #expect(HeaderParameters("x; a=1; a=2")["a"] == "1")
    #expect(HeaderParameters(#"x; a=""; a=2"#)["a"] == "")
  }

  @Test(
    "end where the header ends", arguments: ["", ";", "x;", "x;a", "x;a=", "x;a=\"", "x;a=\"\\"])
  func truncated(header: String) {
    #expect(HeaderParameters(header)["a"] ?? "" == (header.hasSuffix("\\") ? "\\" : ""))
  }

  @Test("come back as they were quoted: fuzz")
  func fuzzQuoted() {
    Fuzz.run { generator in
      let values = (0..<3).map { _ in
        generator.text(maxCount: 6, alphabet: "a \\\";=,é\u{301}\u{200D}🪐\t")
      }
      let header = values.enumerated().map { index, value in
        let escaped = value.unicodeScalars.map { scalar in
          scalar == "\"" || scalar == "\\" ? "\\\(scalar)" : "\(scalar)"
        }
        return "; p\(index)=\"\(escaped.joined())\""
      }
      let parameters = HeaderParameters("form-data" + header.joined())
      for (index, value) in values.enumerated() {
        #expect(parameters["p\(index)"].map { Array($0.utf8) } == Array(value.utf8))
      }
    }
  }

  @Test("of any text are survived: fuzz")
  func fuzzNoise() {
    Fuzz.run { generator in
      _ = HeaderParameters(generator.text(maxCount: 30, alphabet: "ab=;\"\\ \t\u{301}é"))["a"]
    }
  }
}
