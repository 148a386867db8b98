import NIOCore
import Testing

@testable import AppHost

@Suite("A JSON string reader")
struct JSONStringReaderTests {
  @Test(
    "reads every escape",
    arguments: [
      (#""""#, ""), (#""é🪐""#, "é🪐"), (#""\"\\\/\b\f\n\r\t""#, "\"\\/\u{8}\u{C}\n\r\t"),
      (#""\u0041\u00e9\u00E9""#, "Aéé"), (#""\ud83e\uDE90""#, "🪐"), (#""\u0000""#, "\0"),
    ])
  func escapes(json: String, content: String) {
    #expect(JSONStringReader.content(of: ByteBuffer(string: json)) == content)
  }

  @Test(
    "refuses what is no JSON string",
    arguments: [
      "", "\"", "a", "1", "\"a", "a\"", "\"a\"b\"", "\"\\\"", "\"\\x\"", "\"\\u12\"", "\"\\u12g4\"",
      "\"\\ud83e\"", "\"\\ude90\"", "\"\\ud83ea\"", "\"\\ud83e\\n\"", "\"\\ud83e\\u0041\"",
      "\"\n\"",
      "\"\\n\n\"", " \"a\"", "\"\\u+123\"",
    ])
  func malformed(json: String) {
    #expect(JSONStringReader.content(of: ByteBuffer(string: json)) == nil)
  }

  @Test("refuses bytes that are not UTF-8, with escapes and without")
  func invalidUTF8() {
    for bytes: [UInt8] in [[0xFF], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xC3], [0x5C, 0x6E, 0xC3]] {
      #expect(JSONStringReader.content(of: ByteBuffer(bytes: [0x22] + bytes + [0x22])) == nil)
    }
  }

  @Test("reads back what is written as a JSON string")
  func written() {
    let text = "\"quoted\" \\ \u{0}\u{1}\u{F}\u{10}\u{1F}\n\r\t\u{7F}\u{2028} é🪐 </script>"
    #expect(!jsonString(text).utf8.contains { $0 < 0x20 })
    #expect(JSONStringReader.content(of: ByteBuffer(string: jsonString(text))) == text)
    #expect(jsonString("a\n\u{1}") == #""a\u000a\u0001""#)
  }
}
