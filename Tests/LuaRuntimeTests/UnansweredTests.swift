import LuaRuntime
import Testing

/// An error in the place of an ack says which event and which ack it is about.
@Suite struct UnansweredTests {
  private static let script = """
    function on_fail() error("no") end
    function on_tell(self) self:error("mine", "text", { a = 1 }) return true end
    function subscribe_club() return false end
    """

  /// The data of the error that the event is answered with.
  private func data(_ event: String, ack: Int64 = 9) throws -> JSONTree? {
    let told = try App(Self.script).send(event, ack: ack)
    let error = try #require(told.first { $0.kind == .emit })
    let arguments = try JSONTree(error.body).items
    return arguments.count > 3 ? arguments[3] : nil
  }

  @Test(arguments: [
    ("fail", #"["fail"]"#), ("no such", #"["no such"]"#), ("%", #"["%"]"#),
    ("subscribe", #"["subscribe"]"#), ("subscribe", #"["subscribe","club"]"#),
    ("subscribe", #"["subscribe","nowhere"]"#),
    ("subscribe", #"["subscribe",{"channel":"model:x"}]"#),
    ("unsubscribe", #"["unsubscribe"]"#),
  ])
  func `an error names what was asked`(name: String, event: String) throws {
    #expect(try data(event) == .object(["event": .string(name), "ack": .number(9)]))
  }

  @Test func `without an ack there is nothing to name`() throws {
    #expect(try data(#"["fail"]"#, ack: -1) == nil)
    #expect(try data(#"["no such"]"#, ack: -1) == nil)
  }

  @Test func `what a script tells by itself stays as it is`() throws {
    #expect(try data(#"["tell"]"#) == .object(["a": .number(1)]))
  }

  @Test func `a long name is cut where a character ends`() throws {
    let name = String(repeating: "é", count: 100)
    let told = try data("[\"\(name)\"]")
    #expect(told?["event"]?.text.map { name.hasPrefix($0) && $0.count > 60 } == true)
  }
}
