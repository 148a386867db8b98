import LuaRuntime
import Testing

@Suite struct NameTests {
  /// Each does something with the name `n`.
  static let uses = [
    "self:join(n)", "self:leave(n)", "self:publish(n, 1)", "perigee.to(n):emit('x')",
    "perigee.publish(n, 1)", "self:track(n, 'key')", "self:track('channel', n)",
    "perigee.history(n, { size = 1 })",
  ]

  private func message(of use: String, name: String) throws -> String? {
    let app = try App("function on_use(self) local n = \(name) \(use) end")
    return app.send(#"["use"]"#).first { $0.failure != nil }?.failure?.message
  }

  @Test(arguments: uses)
  func `a name in composed form is good, whatever it is written in`(use: String) throws {
    #expect(try message(of: use, name: "'caf\u{e9} 東京'") == nil)
  }

  @Test(arguments: uses)
  func `a name of another form is none, for the host took it for the composed one`(
    use: String
  ) throws {
    let text = try #require(try message(of: use, name: "'cafe\u{301}'"))
    #expect(text.contains(#" must be in composed form, as text.normalize("NFC") "#))
  }

  @Test(arguments: uses)
  func `a name that is no text is none`(use: String) throws {
    let text = try #require(try message(of: use, name: #"'\xff'"#))
    #expect(text.hasSuffix("must be valid UTF-8"))
  }

  @Test func `a client cannot subscribe to the other form of a guarded channel`() throws {
    let app = try App(
      "function subscribe_room(self, id) if id == 'caf\u{e9}' then return false end return id end")
    #expect(app.send("[\"subscribe\",\"room\",\"caf\u{e9}\"]").map(\.kind) == [.emit])
    #expect(app.send("[\"subscribe\",\"room\",\"cafe\u{301}\"]").first?.failure != nil)
  }
}
