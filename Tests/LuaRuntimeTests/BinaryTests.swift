import LuaRuntime
import Testing

@Suite struct BinaryTests {
  private let placeholder = #"{"_placeholder":true,"num":0}"#

  @Test func `a received attachment is a binary value and is echoed as one`() throws {
    let app = try App("function on_x(self, b) return b, b.data, #b, tostring(b) == b.data end")
    let told = app.send(
      "[\"x\",\(placeholder)]", ack: 1, attachments: [Array("hello".utf8)])
    #expect(told.first?.body == "[\(placeholder),\"hello\",5,true]")
    #expect(told.first?.attachments == [Array("hello".utf8)])
  }

  @Test func `bytes of any value travel, in order, from anywhere in a message`() throws {
    let app = try App(
      """
      function on_x(self)
        local b = perigee.binary
        self:emit("e", b("\\xff\\0"), { deep = { b("two") } }, b("") .. "3")
        perigee.emit("all", b("four"))
        self:publish("c", b("five"))
      end
      """)
    let told = app.send(#"["x"]"#)
    #expect(
      told.map(\.attachments) == [
        [[0xFF, 0], Array("two".utf8), Array("3".utf8)], [Array("four".utf8)], [Array("five".utf8)],
      ])
    #expect(told[0].body.contains(#"{"deep":[{"_placeholder":true,"num":1}]}"#))
    #expect(told[2].message == placeholder)
  }

  @Test func `a broadcast carries rooms and attachments side by side`() throws {
    let app = try App(
      "function on_x(self) self:to('a'):except('b'):emit('e', perigee.binary('z')) end")
    let told = try #require(app.send(#"["x"]"#).first)
    #expect(told.rooms == ["a"] && told.exceptRooms == ["b"])
    #expect(told.attachments == [Array("z".utf8)])
  }

  @Test(arguments: ["1", "-1", "0.5", "\"0\"", "null", "99999999999"])
  func `a placeholder that names no attachment is a violation`(number: String) throws {
    let app = try App("function on_x() end")
    let told = app.send(
      "[\"x\",{\"_placeholder\":true,\"num\":\(number)}]", attachments: [[1]])
    #expect(told.map(\.kind) == [.violation])
  }

  @Test func `without attachments a placeholder is plain data`() throws {
    let app = try App("function on_x(self, b) return b.num end")
    #expect(app.ask("[\"x\",\(placeholder)]") == "0")
  }

  @Test func `attachments belong to one event alone`() throws {
    let app = try App("function on_x(self, b) return b.num end")
    app.send("[\"x\",\(placeholder)]", attachments: [[1]])
    #expect(app.ask("[\"x\",\(placeholder)]") == "0")
    app.send("[\"x\",\(placeholder)]", attachments: [[1]], to: 99)
    #expect(app.ask("[\"x\",\(placeholder)]") == "0")
  }

  @Test func `binary values compare by their bytes`() throws {
    #expect(
      try evaluate(
        "perigee.binary('a') == perigee.binary('a'), perigee.binary('a') == perigee.binary('b')")
        == "true,false")
  }

  @Test func `an ack may carry attachments`() throws {
    let app = try App("function on_x(self) local b = self:emit_with_ack('q') return #b end")
    app.send(#"["x"]"#, ack: 1)
    Array("[\(placeholder)]".utf8).withUnsafeBytes {
      app.isolate.acknowledge(socket: App.socket, id: 0, payload: $0, attachments: [[1, 2, 3]])
    }
    #expect(app.take().texts == ["ack [3]"])
  }
}
