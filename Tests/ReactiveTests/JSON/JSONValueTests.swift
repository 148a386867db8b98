import Reactive
import Testing

@Suite struct JSONValueTests {
  @Test(
    "what is read is written again",
    arguments: [
      "null", "true", "[1,2.5,-3]", #"{"a":{"b":[]},"c":"é😀"}"#, #""\"\\\n\u0001""#, "[]", "{}",
      "1e+21", "1.7976931348623157e+308", "5e-324", "-0.000001", "1e-7", "123456789012345680000",
    ])
  func roundTrip(text: String) throws {
    #expect(try JSONValue(parsing: text).serialized == text)
  }

  @Test(
    "what is not JSON is refused",
    arguments: [
      "", " ", "nul", "01", "1.", ".5", "+1", "-", "1e", "[1,]", "[1 2]", "{a:1}", #"{"a"}"#,
      #"{"a":1,}"#, "\"a", "\"\u{1}\"", #""\x""#, #""\u12g4""#, "1 2", "[", "{", "'a'", "NaN",
    ])
  func refused(text: String) {
    let error = #expect(throws: ReactiveError.self) { try JSONValue(parsing: text) }
    #expect(error?.code == .data)
  }

  @Test("nesting has a bound")
  func nesting() throws {
    let deep = { (count: Int) in
      String(repeating: "[", count: count) + String(repeating: "]", count: count)
    }
    #expect(try JSONValue(parsing: deep(200)).serialized == deep(200))
    let error = #expect(throws: ReactiveError.self) { try JSONValue(parsing: deep(201)) }
    #expect(error?.code == .limit)
    #expect(throws: ReactiveError.self) { try JSONValue(parsing: deep(1_000_000)) }
  }

  @Test("members are in JavaScript's order, and the last of a name counts")
  func order() throws {
    let object = try JSONValue(parsing: #"{"b":1,"10":2,"a":3,"2":4,"b":5,"01":6}"#)
    #expect(object.serialized == #"{"2":4,"10":2,"b":5,"a":3,"01":6}"#)
  }

  @Test("members of large objects are found as those of small ones")
  func largeObjects() throws {
    let pairs = (0..<1_000).map { ("key\($0)", JSONValue.number(Double($0))) }
    let object = JSONObject(pairs + [("key7", "again")])
    #expect(object.count == 1_000)
    #expect(object["key7"] == "again")
    #expect(object["key999"] == 999)
    #expect(object["key1000"] == nil)
  }

  @Test("keys that only look alike are different")
  func keys() throws {
    let object = try JSONValue(parsing: #"{"\u00e9":1,"e\u0301":2}"#)
    #expect(object["\u{e9}"] == 1)
    #expect(object["e\u{301}"] == 2)
  }

  @Test("text for a script element can't end it")
  func scriptSafe() throws {
    let value: JSONValue = ["a": "</script><!--\u{2028}\u{2029}\u{201c}"]
    #expect(
      value.scriptSafe == #"{"a":"\u003c/script>\u003c!--\u2028\u2029"# + "\u{201c}\"}")
    #expect(try JSONValue(parsing: value.scriptSafe) == value)
  }

  @Test("pairs of surrogates are one character, halves are replaced")
  func surrogates() throws {
    #expect(try JSONValue(parsing: #""\ud83d\ude00""#) == "😀")
    #expect(try JSONValue(parsing: #""\ud83dx\ude00""#) == "\u{fffd}x\u{fffd}")
    #expect(try JSONValue(parsing: #""\ud83d\ud83d\ude00""#) == "\u{fffd}😀")
  }

  @Test("any bytes end in a value or an error")
  func bytesFuzz() {
    let parts = [
      "{", "}", "[", "]", "\"", "\\", "u", "d83d", ":", ",", "1", "-", ".", "e", "null", " ", "é",
    ]
    Fuzz.run { generator in
      _ = try? JSONValue(parsing: generator.bytes(maxCount: 40))
      let text = generator.text(of: parts, maxCount: 20)
      guard let value = try? JSONValue(parsing: text) else { return }
      #expect((try? JSONValue(parsing: value.serialized))?.serialized == value.serialized)
    }
  }
}
