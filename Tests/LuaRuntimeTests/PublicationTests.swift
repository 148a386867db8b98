import LuaRuntime
import Testing

@Suite struct PublicationTests {
  @Test(arguments: [
    "self:publish_with_ack('c', 5)", "perigee.publish_with_ack('c', 5)",
    "perigee.of('/test'):publish_with_ack('c', 5)",
  ])
  func `a handler can wait until its publication is kept`(call: String) throws {
    let app = try App("function on_x(self) return \(call) end")
    let kept = try #require(app.send(#"["x"]"#, ack: 1).first)
    #expect(kept.kind == .publish && kept.flag && kept.name == "c" && kept.message == "5")
    #expect(app.isolate.suspended == 1)
    app.isolate.published(kept.token, .kept("epoch:7"))
    app.isolate.published(kept.token, .kept("epoch:8"))
    #expect(app.take().texts == [#"ack ["epoch:7"]"#])
    let lost = try #require(app.send(#"["x"]"#, ack: 2).first)
    #expect(lost.token != kept.token)
    app.isolate.published(lost.token, .failed(reason: "no room"))
    #expect(app.take().texts == [#"ack [null,"no room"]"#])
    #expect(app.isolate.suspended == 0)
  }

  @Test func `only a publication's own token answers it`() throws {
    let app = try App(
      "function on_x(self) perigee.sleep(1) return self:publish_with_ack('c', 1) end")
    let sleep = try #require(app.send(#"["x"]"#, ack: 1).first)
    app.isolate.published(sleep.token, .kept("epoch:1"))
    #expect(app.take().isEmpty)
    app.isolate.wake(sleep.token)
    let publication = try #require(app.take().first)
    app.isolate.disconnect(socket: App.socket, reason: "x")
    app.isolate.published(publication.token, .kept("epoch:2"))
    #expect(app.isolate.suspended == 0)
  }

  @Test func `waiting is not possible everywhere`() throws {
    let app = try App(
      "function on_x(self) table.sort({ 1, 2 }, function() self:publish_with_ack('c', 1) end) end")
    let failure = try #require(app.send(#"["x"]"#).first?.failure)
    #expect(failure.message.contains("publish_with_ack cannot wait inside a sort"))
  }
}
