import LuaRuntime
import Testing

@Suite struct AuthTests {
  /// What the predicate answers for a socket with these fields, given in Lua.
  private func ask(_ predicate: String, user: String, session: String = "{}") throws -> String {
    let app = try App(
      """
      local may = \(predicate)
      local H = {}
      function H:user() return "a method, nobody" end
      function H:on_run()
        for name, value in pairs(\(session)) do self.session[name] = value end
        self.user = \(user)
        return may(self)
      end
      return H
      """)
    return app.ask(#"["run"]"#)
  }

  @Test(arguments: [
    ("auth.logged_in()", "{}", "{}", #"true,"log in first""#),
    ("auth.logged_in()", "nil", "{}", #"false,"log in first""#),
    ("auth.logged_in()", "false", "{}", #"false,"log in first""#),
    ("auth.logged_in()", "perigee.null", "{}", #"false,"log in first""#),
    ("auth.logged_in()", "nil", "{ user = 'ann' }", #"true,"log in first""#),
    ("auth.role('admin')", "{ role = 'admin' }", "{}", #"true,"this needs the role admin""#),
    (
      "auth.role('admin')", "{ roles = { 'x', 'admin' } }", "{}",
      #"true,"this needs the role admin""#
    ),
    (
      "auth.role('admin')", "{ roles = { admin = true } }", "{}",
      #"true,"this needs the role admin""#
    ),
    ("auth.role('admin')", "{ role = 'user' }", "{}", #"false,"this needs the role admin""#),
    ("auth.role('admin')", "'admin'", "{}", #"false,"this needs the role admin""#),
    (
      "auth.role('admin')", "nil", "{ user = { role = 'admin' } }",
      #"true,"this needs the role admin""#
    ),
    ("auth.any(auth.role('a'), auth.role('b'))", "{ role = 'b' }", "{}", "true"),
    ("auth.any(auth.role('a'), auth.role('b'))", "{}", "{}", #"false,"this needs the role a""#),
    ("auth.all(auth.logged_in(), auth.role('b'))", "{ role = 'b' }", "{}", "true"),
    ("auth.all(auth.logged_in(), auth.role('b'))", "{}", "{}", #"false,"this needs the role b""#),
    ("auth.no(auth.logged_in())", "nil", "{}", "true"),
    ("auth.no(auth.logged_in())", "{}", "{}", "false"),
  ])
  func `a predicate looks at the user`(
    predicate: String, user: String, session: String, expected: String
  ) throws {
    #expect(try ask(predicate, user: user, session: session) == expected)
  }

  @Test(arguments: [
    ("auth.role()", "auth.role needs a role's name, not nothing"),
    ("auth.any()", #"auth.any needs predicates, such as auth.role("admin")"#),
    (
      "auth.all(auth.logged_in(), 'admin')",
      #"auth.all: predicate 2 must be a function, not "admin""#
    ),
    ("auth.no(nil)", "auth.no: predicate 1 must be a function, not nothing"),
  ])
  func `a wrong predicate is an error at its line`(predicate: String, message: String) throws {
    let failed = #expect(throws: LuaError.self) { _ = try App("\nlocal may = \(predicate)") }
    #expect(failed?.description == "test.lua:2: \(message)")
  }

  @Test func `what one script does to auth stays with it`() throws {
    let app = try App("auth.mine = 1\nfunction on_run() return auth.mine end")
    #expect(app.ask(#"["run"]"#) == "1")
    try app.load("function on_run() return auth.mine end")
    #expect(app.ask(#"["run"]"#) == "null")
  }
}
