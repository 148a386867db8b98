import NIOCore
import Testing

@testable import AppHost

@Suite("JSON fields")
struct JSONFieldsTests {
  @Test("are the members of the outermost object as they were written")
  func members() throws {
    let text = #" { "event" : "a\"b" , "args":[1, {"event":2}] ,"id":-7,"e\u0076":null } "#
    let fields = try #require(JSONFields(ByteBuffer(string: text)))
    #expect(fields.string("event") == "a\"b")
    #expect(fields.raw("args") == ByteBuffer(string: #"[1, {"event":2}]"#))
    #expect(fields.integer("id") == -7)
    #expect(fields.raw("ev") == ByteBuffer(string: "null"))
    #expect(fields.raw("a") == nil && fields.string("id") == nil)
    #expect(fields.integer("event") == nil)
  }

  @Test("are the last of a name's members")
  func repeated() throws {
    let fields = try #require(JSONFields(ByteBuffer(string: #"{"a":1,"a":2}"#)))
    #expect(fields.integer("a") == 2)
  }

  @Test("may be none")
  func empty() {
    #expect(JSONFields(ByteBuffer(string: " {\n} "))?.raw("a") == nil)
    #expect(JSONFields(ByteBuffer(string: "{}")) != nil)
  }

  @Test(
    "come of an object and of nothing else",
    arguments: [
      "", " ", "{", "}", "[]", "1", "\"a\"", "{}x", "{\"a\"}", "{\"a\":}", "{\"a\":1,}", "{,}",
      "{a:1}", "{1:1}", "{\"a\":1", "{\"a\":\"", "{\"a\":\"\\", "{\"a\":\"\\\"}", "{\"\\", "{\"",
      "{\"a\":[}", "{\"a\":1 2}", "{\"a\" 1}", "{\"\\u12\":1}",
    ])
  func malformed(text: String) {
    #expect(JSONFields(ByteBuffer(string: text)) == nil)
  }

  @Test("of an array are its elements")
  func elements() {
    let elements = JSONFields.elements(ByteBuffer(string: #" [1 , "a,]" ,[ ],{"b":[2]}] "#))
    #expect(elements?.map { String(buffer: $0) } == ["1", #""a,]""#, "[ ]", #"{"b":[2]}"#])
    #expect(JSONFields.elements(ByteBuffer(string: "[]")) == [])
    for text in ["", "[", "[1,]", "[,1]", "[1]]", "{}", "[\"\\", "[1 2]"] {
      #expect(JSONFields.elements(ByteBuffer(string: text)) == nil)
    }
  }

  @Test("of a large object are found in one pass", .timeLimit(.minutes(1)))
  func large() {
    let members = (0..<60_000).map { #""\u0061\#($0)":{}"# }.joined(separator: ",")
    #expect(JSONFields(ByteBuffer(string: "{\(members)}"))?.raw("a59999") != nil)
    let deep = ByteBuffer(repeating: UInt8(ascii: "["), count: 1_000_000)
    #expect(JSONFields.elements(deep) == nil)
    #expect(JSONFields(ByteBuffer(string: "{\"a\":" + String(buffer: deep))) == nil)
  }
}
