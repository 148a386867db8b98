import NIOCore
import Testing

@testable import AppHost

@Suite("A JSON compactor")
struct JSONCompactorTests {
  private func compact(_ text: String) -> String? {
    JSONFields.compacted(ByteBuffer(string: text)).map { String(buffer: $0) }
  }

  @Test("drops the space between parts and none in strings")
  func space() {
    #expect(
      compact(" {\n\t\"a b\" : [ 1 , \" \\\" , \" ,\r\n{ } , [ ] ] } ")
        == #"{"a b":[1," \" , ",{},[]]}"#)
  }

  @Test(
    "leaves values as they are written",
    arguments: [
      "0", "-0", "10", "0.10", "1E+5", "1e-05", "123456789012345678901234567890", "1e999", "true",
      "false", "null", #""""#, #""\u00e9\/""#, "[]", "{}", #"{"a":1,"a":2}"#,
    ])
  func values(text: String) {
    #expect(compact(text) == text)
    #expect(compact("[ \(text) ]") == "[\(text)]")
  }

  @Test(
    "refuses what is not JSON all through",
    arguments: [
      "", " ", "[1,]", "{\"a\":1,}", "[,1]", "[1,,2]", "[1 2]", "[1}", "{]", "{\"a\"}", "{\"a\":}",
      "{\"a\" 1}", "{1:2}", "{a:1}", "{'a':1}", "[", "{", "]", "[1]]", "1 2", "01", "-", "-01",
      "1.",
      ".5", "1e", "1e+", "+1", "0x10", "NaN", "Infinity", "nul", "truee", "tru e", "/**/1", "\"a",
      "\"\\", "\"\\x\"", "\"\\ud800\"", "\"\t\"", "\u{FEFF}1", "1\u{A0}", "\u{B}1", "[1]\0", "{,}",
    ])
  func malformed(text: String) {
    #expect(compact(text) == nil)
  }

  @Test("refuses other encodings than UTF-8")
  func encodings() {
    let texts: [[UInt8]] = [
      [0x31, 0], [0, 0x31], [0x5B, 0, 0x5D, 0], [0x31, 0, 0, 0], [0xFF, 0xFE, 0x31, 0],
      [0xEF, 0xBB, 0xBF, 0x31], [0x22, 0xFF, 0x22], [0x22, 0xC0, 0x80, 0x22],
    ]
    for text in texts { #expect(JSONFields.compacted(ByteBuffer(bytes: text)) == nil) }
  }

  @Test("bounds how deeply values are nested", .timeLimit(.minutes(1)))
  func depth() {
    func nested(_ depth: Int) -> String {
      String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
    }
    #expect(compact(nested(JSONCompactor.maxDepth)) == nested(JSONCompactor.maxDepth))
    #expect(compact(nested(JSONCompactor.maxDepth + 1)) == nil)
    #expect(compact(String(repeating: "[", count: 1_000_000)) == nil)
    #expect(compact(String(repeating: "{\"a\":", count: 200_000)) == nil)
  }
}
