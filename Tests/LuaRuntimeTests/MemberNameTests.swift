import LuaRuntime
import Testing

/// What the decoder remembers of names must never show, and neither where in the text a string is.
@Suite struct MemberNameTests {
  /// Answers the names and values of an object, sorted, so that the order of a table does not matter.
  private static let listed = """
    function on_x(self, object, collects)
      if collects then collectgarbage() end
      local list = {}
      for name, value in pairs(object) do list[#list + 1] = name .. "=" .. tostring(value) end
      table.sort(list)
      return table.concat(list, ";")
    end
    """

  private static let echo = "function on_x(self, ...) return ... end"

  private func ask(_ app: App, _ members: [(String, Int)], collects: Bool = false) -> String {
    let object = members.map { "\"\($0.0)\":\($0.1)" }.joined(separator: ",")
    return app.ask("[\"x\",{\(object)},\(collects)]")
  }

  private func expected(_ members: [(String, Int)]) -> String {
    "\"" + members.map { "\($0.0)=\($0.1)" }.sorted().joined(separator: ";") + "\""
  }

  @Test func `names that differ in one byte or in length stay apart`() throws {
    let app = try App(Self.listed)
    for length in 1...20 {
      let plain = [UInt8](repeating: UInt8(ascii: "a"), count: length)
      var names = [String(decoding: plain, as: UTF8.self)]
      for place in 0..<length {
        var other = plain
        other[place] = UInt8(ascii: "b")
        names.append(String(decoding: other, as: UTF8.self))
      }
      let members = names.enumerated().map { ($1, $0) }
      for _ in 0..<3 { #expect(ask(app, members) == expected(members)) }
    }
  }

  @Test func `more names than are remembered come back, through collections`() throws {
    let app = try App(Self.listed)
    for round in 0..<3 {
      for first in stride(from: 0, to: 1000, by: 5) {
        let members = (first..<first + 5).map { ("name\($0)", $0) }
        #expect(ask(app, members, collects: first % 100 == round) == expected(members))
      }
    }
  }

  @Test func `an object is whole however large the one before it was`() throws {
    let app = try App(Self.listed)
    for count in [1, 3, 200, 1, 64, 65, 2, 300, 7] {
      let members = [("first", 0)] + (1..<count).map { ("m\($0)", $0) }
      #expect(ask(app, members) == expected(members))
    }
  }

  @Test func `objects within objects of the same names keep their members`() throws {
    let app = try App(Self.echo)
    let nested = #"{"a":{"a":{"a":{"a":1}}}}"#
    for _ in 0..<3 { #expect(app.ask("[\"x\",\(nested)]") == nested) }
    let list = #"[{"a":{}},{"a":[]},{"":{"a":2}}]"#
    #expect(app.ask("[\"x\",\(list)]") == list)
  }

  @Test func `a name with escapes is the name that it stands for`() throws {
    let app = try App(Self.listed)
    for name in [#"k"#, #"\u006b"#, #"k"#] {
      #expect(app.ask("[\"x\",{\"\(name)\":1}]") == #""k=1""#)
    }
    #expect(app.ask(#"["x",{"a\"b":1,"é":2}]"#) == #""a\"b=1;é=2""#)
  }

  @Test(arguments: [#"\n"#, #"\""#, #"\\"#, "é", "\u{7F}", #"\u0000"#])
  func `a string is read and written wherever something special is in it`(special: String) throws {
    let app = try App(Self.echo)
    for length in 0...40 {
      for place in 0...length {
        let letters = String(repeating: "a", count: place)
        let text = letters + special + String(repeating: "b", count: length - place)
        #expect(app.ask("[\"x\",\"\(text)\"]") == "\"\(text)\"")
        #expect(app.ask("[\"x\",{\"\(text)\":\"\(text)\"}]") == "{\"\(text)\":\"\(text)\"}")
      }
    }
  }

  @Test func `a handler may use the self of another client`() throws {
    let app = try App(
      """
      function on_keep(self) kept = self end
      function on_x(self) kept:emit("kept") self:emit("own") end
      """)
    app.join([21, 22])
    app.send(#"["keep"]"#, to: 21)
    #expect(app.send(#"["x"]"#, to: 22).map(\.socket) == [21, 22])
    app.send(#"["keep"]"#, to: 22)
    #expect(app.send(#"["x"]"#, to: 22).map(\.socket) == [22, 22])
  }
}
