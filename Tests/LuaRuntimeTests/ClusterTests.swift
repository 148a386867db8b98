import LuaRuntime
import Testing

/// What scripts ask of other nodes, and what they answer.
@Suite struct ClusterTests {
  private static let node = LuaNode(id: 0xA, isClustered: true)
  private static let other: UInt64 = 0xB

  private static let script = """
    function on_join(self, room) self:join(room) end
    function on_keep(self, value) self.session.kept = value; self.session.code = print end
    function on_nodes() return perigee.node, perigee.nodes() end
    function on_fetch(self)
      local clients, silent = self:in_rooms("r"):timeout(3):fetch_sockets()
      table.sort(clients, function(a, b) return a.id < b.id end)
      local ids = {}
      for i, client in ipairs(clients) do
        ids[i] = client.node .. client.id .. table.concat(client.rooms) .. tostring(client.session.kept)
      end
      self.found = clients[#clients]
      return ids, silent
    end
    function on_use(self)
      self.found:emit("e", 1)
      self.found:join("x")
      self.found:disconnect(true)
    end
    function on_move(self) self:to("r"):join("s", "t") self:in_rooms("s"):leave("t") end
    function on_end(self) perigee.except("r"):disconnect() end
    function on_gather(self, ...) return self:to("r"):emit_with_ack("q", ...) end
    function on_tell(self, ...) perigee.server_emit("some news", ...) end
    function on_tell_badly(self) perigee.server_emit("1") end
    function on_ask(self, ...) return perigee.server_emit_with_ack("sum", ...) end
    function server_some_news(node, ...) perigee.emit("news", node, ...) end
    function server_sum(node, a, b) perigee.sleep(1) return a + b, nil, node end
    """

  private func app(_ node: LuaNode = ClusterTests.node) throws -> App {
    let app = try App(Self.script, node: node)
    app.join([8, 9])
    for socket in UInt64(7)...8 { app.send(#"["join","r"]"#, to: socket) }
    app.isolate.nodeUp(Self.other)
    return app
  }

  private func answer(_ app: App, _ token: UInt64, from node: UInt64, _ text: String) {
    Array(text.utf8).withUnsafeBytes { app.isolate.answered(token: token, node: node, text: $0) }
  }

  private func settle(_ app: App, _ token: UInt64, silent: String = "[]") -> [Told] {
    app.isolate.settled(token: token, silent: silent)
    return app.take()
  }

  @Test func `a script knows its node and the others`() throws {
    let app = try app()
    #expect(
      app.ask(#"["nodes"]"#) == #""000000000000000a",["000000000000000a","000000000000000b"]"#)
    app.isolate.nodeUp(Self.other)
    app.isolate.nodeDown(Self.other)
    #expect(app.ask(#"["nodes"]"#) == #""000000000000000a",["000000000000000a"]"#)
    let alone = try App(Self.script)
    #expect(alone.ask(#"["nodes"]"#) == #""0000000000000001",["0000000000000001"]"#)
  }

  @Test func `fetching asks all nodes, this one too, and gathers what they answer`() throws {
    let app = try app()
    let ask = try #require(app.send(#"["fetch"]"#, ack: 1).last)
    #expect(ask.kind == .ask && ask.rooms == ["r"] && ask.exceptRooms == [])
    #expect(ask.duration == .seconds(3) && ask.namespace == "/test")
    answer(
      app, ask.token, from: Self.other,
      #"[{"id":"z","namespace":"/test","rooms":["r"],"session":{"kept":1}}]"#)
    answer(app, ask.token, from: 10, #"[{"id":"b","namespace":"/test","rooms":[],"session":{}}]"#)
    answer(app, ask.token, from: 10, #"[{"id":"a","namespace":"/test","rooms":[],"session":{}}]"#)
    let told = settle(app, ask.token, silent: #"[{"node":"c","reason":"timeout"}]"#)
    #expect(
      told.texts.map {
        $0.replacing(#"{"reason":"timeout","node":"c"}"#, with: #"{"node":"c","reason":"timeout"}"#)
      } == [
        #"ack [["000000000000000aanil","000000000000000abnil","000000000000000bzr1"],[{"node":"c","reason":"timeout"}]]"#
      ])
    #expect(app.isolate.suspended == 0)
    #expect(settle(app, ask.token).isEmpty)
    let used = app.send(#"["use"]"#)
    #expect(used.map(\.kind) == [.broadcast, .change, .change])
    #expect(used.map(\.rooms) == [["z"], ["z"], ["z"]])
    #expect(used[1].name == "x")
  }

  @Test func `a node says what its clients are like`() throws {
    let app = try App(
      Self.script, node: Self.node, handshake: { Array(#"{"address":"a\#($0)"}"#.utf8) })
    app.send(#"["join","r"]"#)
    app.send(#"["keep",[1,2]]"#)
    let question = LuaQuestion(kind: .clients, namespace: "/test", rooms: ["r"])
    let clients = app.isolate.clients(of: question)
    #expect(clients == [App.socket])
    app.isolate.describe(clients + [99], question: 5, isLast: false)
    let told = try #require(app.take().first)
    #expect(told.kind == .answer && told.number == 5 && !told.flag)
    #expect(
      told.body
        == #"[{"id":"id-7","namespace":"/test","rooms":["r"],"session":{"kept":[1,2]},"handshake":{"address":"a7"}}]"#
    )
    #expect(app.isolate.clients(of: LuaQuestion(kind: .clients, namespace: "/none")) == [])
    let spared = LuaQuestion(kind: .clients, namespace: "/test", spared: ["id-7"])
    #expect(app.isolate.clients(of: spared) == [])
  }

  @Test func `what a target changes here, the other nodes are told`() throws {
    let app = try app()
    let told = app.send(#"["move"]"#)
    #expect(
      told.map(\.kind) == [.join, .join, .change, .change, .leave, .change])
    #expect(told[2].name == "s" && told[2].rooms == ["r"] && told[2].exceptRooms == ["id-7"])
    #expect(told[5].name == "t" && told[5].rooms == ["s"] && told[5].exceptRooms == [])
    let ended = app.send(#"["end"]"#)
    #expect(ended.map(\.kind) == [.disconnect, .change] && ended[0].socket == 9)
    #expect(ended[1].exceptRooms == ["r"])
    let alone = try App(Self.script)
    #expect(alone.send(#"["end"]"#).map(\.kind) == [.disconnect])
  }

  @Test func `what another node changes happens here`() throws {
    let app = try app()
    func change(_ change: LuaChange, rooms: [String], spared: [String] = [], room: String = "") {
      app.isolate.change(change, namespace: "/test", rooms: rooms, spared: spared, room: room)
    }
    change(.join, rooms: ["r"], spared: ["id-7"], room: "s")
    #expect(app.take().texts == ["join s"])
    change(.leave, rooms: ["s"], room: "r")
    #expect(app.take().map(\.socket) == [8])
    change(.close, rooms: ["id-9"])
    change(.disconnect, rooms: [], spared: ["id-7", "id-8"])
    let ended = app.take()
    #expect(ended.map(\.kind) == [.disconnect, .disconnect] && ended.map(\.socket) == [9, 9])
    #expect(ended.map(\.flag) == [true, false])
  }

  @Test func `a client that is in too many rooms stays where it is, the others move`() throws {
    let app = try app()
    for room in 1..<1_024 { app.send(#"["join","\#(room)"]"#, to: 8) }
    app.isolate.change(.join, namespace: "/test", rooms: ["r"], spared: [], room: "new")
    #expect(app.take().map(\.socket) == [7])
  }

  @Test func `acks of all nodes are gathered, and those of a node that went are missing`() throws {
    let app = try app()
    let told = app.send(#"["gather",5]"#, ack: 1)
    let ask = try #require(told.last)
    #expect(told.count == 1 && ask.kind == .ask && ask.body == #"["q",5]"#)
    #expect(ask.duration == .seconds(10) && ask.exceptRooms == ["id-7"])
    answer(app, ask.token, from: 1, #"{"asked":["a","b"]}"#)
    answer(app, ask.token, from: 2, #"{"asked":["c","d"]}"#)
    answer(app, ask.token, from: 1, #"{"answers":[{"id":"a","values":[1]}]}"#)
    answer(app, ask.token, from: 1, #"{"silent":[{"id":"b","reason":"timeout"}]}"#)
    answer(app, ask.token, from: 2, #"{"answers":[{"id":"c","values":[]}]}"#)
    let acked = settle(
      app, ask.token,
      silent:
        #"[{"node":"0000000000000002","reason":"disconnected"},{"node":"0000000000000003","reason":"timeout"}]"#
    )
    let body = try #require(acked.first?.body)
    for part in [#""a""#, #""c""#, #""b""#, #""d""#, #""0000000000000003""#] {
      #expect(body.contains(part))
    }
    #expect(!body.contains("0000000000000002"))
  }

  @Test func `without another node the acks are asked for directly`() throws {
    let app = try app()
    app.isolate.nodeDown(Self.other)
    #expect(app.send(#"["gather"]"#).map(\.kind) == [.emit, .sleep])
  }

  @Test func `a node asks its clients for another one and answers when all have`() throws {
    let app = try app()
    let question = LuaQuestion(
      kind: .acks, namespace: "/test", rooms: ["r"], duration: .seconds(2),
      event: Array(#"["q",{"_placeholder":true,"num":0}]"#.utf8), attachments: [[1, 2]])
    app.isolate.gather(question, number: 3)
    let told = app.take()
    #expect(told.map(\.kind) == [.answer, .emit, .emit, .sleep])
    #expect(told[0].body.contains("id-7") && told[0].body.contains("id-8") && !told[0].flag)
    #expect(told[1].attachments == [[1, 2]] && told[2].attachments == [[1, 2]])
    #expect(told[1].body == String(decoding: question.event, as: UTF8.self))
    #expect(told[3].duration == .seconds(2))
    #expect(app.acknowledge(told[1].number, #"["yes"]"#, from: told[1].socket).isEmpty)
    app.isolate.wake(told[3].token)
    let answers = app.take()
    #expect(answers.map(\.kind) == [.answer, .answer])
    #expect(answers.map(\.number) == [3, 3] && answers.map(\.flag) == [false, true])
    #expect(answers[0].body.contains(#"["yes"]"#) && answers[1].body.contains(#""timeout""#))
  }

  @Test func `a node without such clients answers at once`() throws {
    let app = try app()
    app.isolate.gather(LuaQuestion(kind: .acks, namespace: "/test", rooms: ["none"]), number: 3)
    #expect(app.take().texts == ["answer"])
    app.isolate.gather(LuaQuestion(kind: .acks, namespace: "/none"), number: 4)
    #expect(app.take().map(\.flag) == [true])
  }

  @Test func `an event between nodes reaches the handlers of the others`() throws {
    let app = try app()
    let told = app.send(#"["tell",1,"two"]"#)
    #expect(told.map(\.kind) == [.ask] && told[0].token == 0)
    #expect(told[0].body == #"["some news",1,"two"]"#)
    let question = LuaQuestion(
      kind: .server, namespace: "/test", event: Array(told[0].body.utf8))
    app.isolate.serverEvent(question, number: 0, from: Self.other)
    #expect(app.take().texts == [#"broadcast ["news","000000000000000b",1,"two"]"#])
    #expect(app.send(#"["tell_badly"]"#).first?.failure?.message.contains("server_NAME") == true)
    let alone = try App(Self.script)
    #expect(alone.send(#"["tell"]"#).isEmpty)
  }

  @Test func `what the handlers of the other nodes return comes back`() throws {
    let app = try app()
    let ask = try #require(app.send(#"["ask",1,2]"#, ack: 1).last)
    #expect(ask.duration == .seconds(5) && ask.body == #"["sum",1,2]"#)
    let question = LuaQuestion(kind: .server, namespace: "/test", event: Array(ask.body.utf8))
    app.isolate.serverEvent(question, number: 4, from: Self.other)
    let sleep = try #require(app.take().last)
    app.isolate.wake(sleep.token)
    let answers = app.take()
    #expect(answers.map(\.body) == [#"[3,null,"000000000000000b"]"#] && answers[0].flag)
    answer(app, ask.token, from: Self.other, answers[0].body)
    let acked = settle(app, ask.token)
    #expect(acked.first?.body.contains(#"[3,null,"000000000000000b"]"#) == true)
  }

  @Test func `who has no handler, and whose handler fails, says so`() throws {
    let app = try app()
    func ask(_ event: String) -> [Told] {
      let question = LuaQuestion(kind: .server, namespace: "/test", event: Array(event.utf8))
      app.isolate.serverEvent(question, number: 4, from: Self.other)
      return app.take().filter { $0.kind == .answer }
    }
    #expect(ask(#"["unknown"]"#).map(\.name) == ["no handler"])
    #expect(ask(#"["sum",1]"#).isEmpty)
    #expect(ask("7").map(\.name) == ["no handler"])
    #expect(ask(#"["some news",]"#).map(\.name) == ["failed"])
  }

  @Test func `no bytes of another node end in a trap`() throws {
    let app = try app()
    var generator = SystemRandomNumberGenerator()
    let texts = [#"["sum",1,2]"#, #"{"asked":["a"]}"#, #"[{"id":1}]"#, "[[[", ""]
    for _ in 0..<2_000 {
      var text = Array((texts.randomElement(using: &generator) ?? "").utf8)
      if !text.isEmpty {
        text[Int.random(in: 0..<text.count, using: &generator)] = .random(in: 0...255)
      }
      let question = LuaQuestion(kind: .server, namespace: "/test", event: text)
      app.isolate.serverEvent(question, number: 4, from: Self.other)
      let ask = app.send(#"["\#(Bool.random() ? "fetch" : "gather")"]"#, ack: 1).last
      guard let ask, ask.kind == .ask else { continue }
      text.withUnsafeBytes { app.isolate.answered(token: ask.token, node: 1, text: $0) }
      app.isolate.settled(token: ask.token, silent: "[]")
      for told in app.take() where told.kind == .sleep { app.isolate.wake(told.token) }
    }
  }
}
