import LuaRuntime
import Testing

/// Random requests, messages, departures and reloads: every request is answered once, every stream
/// ends once, every listener is given back.
@Suite struct RequestFuzzTests {
  private static let script = """
    local Scope = { __close = function() perigee.emit("closed") end }
    local Failing = { __close = function() error("closing") end }
    local writers, selves, listeners = {}, {}, {}
    local function keep(list, value) list[math.random(8)] = value end
    local function some(list) return list[math.random(8)] end
    local function rarely() return math.random(20) == 1 end
    local acts = {
      function() perigee.sleep(1) end,
      function(self) for _ in self:listen("a", "b") do if math.random(4) == 1 then break end end end,
      function(self) local l = self:listen("c") keep(listeners, l) perigee.sleep(1) l() end,
      function() local l = some(listeners) if l then l() end end,
      function() local l = some(listeners) if l then l:close() end end,
      function() local s = some(selves) if s then for m in s:listen("d") do return m end end end,
      function() local s = some(selves) if s then return s:emit_with_ack("q") end end,
      function() local w = some(writers) if w then w(("x"):rep(math.random(40000))) end end,
      function(self) self:after(1, function() perigee.sleep(1) end) end,
      function() pcall(perigee.sleep, 1) pcall(error) end,
      function() local scope <close> = setmetatable({}, Scope) perigee.sleep(1) end,
      function() local scope <close> = setmetatable({}, Failing) perigee.sleep(1) end,
      function() error("x") end,
      function() abort(404) end,
      function() if rarely() then while true do end end end,
      function() if rarely() then local t = {} while true do t[#t + 1] = ("x"):rep(9999) .. #t end end end,
    }
    local function act(self)
      keep(selves, self)
      for _ = 1, math.random(3) do acts[math.random(#acts)](self) end
    end
    routes = {
      ["GET /plain"] = function(self, request) act(self) return request end,
      ["GET /sse"] = function(self)
        act(self)
        return sse(function(send)
          local scope <close> = setmetatable({}, Scope)
          for i = 1, 5 do keep(writers, send) send({ i }) act(self) end
        end)
      end,
      ["GET /stream"] = function(self)
        return stream("a/b", function(write)
          for i = 1, 5 do keep(writers, write) write(("x"):rep(math.random(30000))) act(self) end
        end)
      end,
    }
    function allow_request(request) perigee.sleep(1) return request.body == "" end
    function on_x(self) act(self) return 1 end
    """

  private enum Progress {
    case asked, streaming
  }

  /// What the host knows, and what it has seen.
  private struct Model {
    var requests: [UInt64: Progress] = [:]
    var listeners: Set<UInt64> = []
    var tokens: [UInt64] = []
    var timers: [UInt64] = []
    var acks: [(socket: UInt64, id: Int64)] = []

    mutating func see(_ told: Told) {
      switch told.kind {
      case .respond:
        #expect(requests[told.socket] == .asked)
        requests[told.socket] = told.flag ? .streaming : nil
      case .stream: #expect(requests[told.socket] == .streaming)
      case .streamEnd:
        #expect(requests[told.socket] == .streaming)
        requests[told.socket] = nil
      case .listen: #expect(listeners.insert(told.token).inserted)
      case .unlisten: #expect(listeners.remove(told.token) != nil)
      case .sleep: tokens.append(told.token)
      case .awaitAck:
        tokens.append(told.token)
        acks.append((told.socket, told.ackID))
      case .timerStart: timers.append(told.token)
      default: break
      }
    }
  }

  @Test(arguments: [false, true])
  func `whatever happens, requests, streams and listeners end once`(pausing: Bool) throws {
    var random = JSONFuzzTests.Seeded(state: pausing ? 2 : 1)
    let app = try App(
      Self.script,
      limits: LuaLimits(
        memoryBytes: 6 << 20, eventTime: .milliseconds(5), suspendedHandlers: 40, timers: 50))
    if pausing { app.isolate.slice = .microseconds(500) }
    var model = Model()
    func perform() {
      while app.isolate.isPaused { app.isolate.resume() }
      for told in app.take() { model.see(told) }
    }
    var next: UInt64 = 1_000
    let routes = ["GET /plain", "GET /sse", "GET /stream", "allow_request", "GET /none"]
    // Some of them take their whole time, or fill the memory.
    for _ in 0..<(30 + fuzzIterations / 20) {
      switch Int.random(in: 0..<10, using: &random) {
      case 0...2:
        next += 1
        model.requests[next] = .asked
        let route = routes.randomElement(using: &random) ?? ""
        app.open(next, session: next)
        Array(#"{"files":{"a":{"data":1}}}"#.utf8).withUnsafeBytes {
          app.isolate.request(
            socket: next, route: route, request: $0, attachments: [[], Array("file".utf8)])
        }
      case 3:
        guard let socket = model.requests.keys.randomElement(using: &random) else { continue }
        model.requests[socket] = nil
        app.isolate.abandon(socket: socket)
      case 4:
        guard let socket = model.requests.keys.randomElement(using: &random) else { continue }
        app.isolate.drained(socket: socket, bytes: Int.random(in: 0..<50_000, using: &random))
      case 5:
        guard let listener = model.listeners.randomElement(using: &random) else { continue }
        Array(#"{"n":[1,2]}"#.utf8).withUnsafeBytes {
          app.isolate.deliver(listener: listener, message: $0)
        }
      case 6:
        guard let index = model.tokens.indices.randomElement(using: &random) else { continue }
        app.isolate.wake(model.tokens.remove(at: index))
      case 7:
        guard let index = model.acks.indices.randomElement(using: &random) else { continue }
        let ack = model.acks.remove(at: index)
        Array("[1]".utf8).withUnsafeBytes {
          app.isolate.acknowledge(socket: ack.socket, id: ack.id, payload: $0)
        }
      case 8:
        guard let timer = model.timers.randomElement(using: &random) else { continue }
        app.isolate.fire(timer: timer)
      default:
        if Int.random(in: 0..<20, using: &random) == 0 {
          try app.load(Self.script)
        } else {
          Array(#"["x"]"#.utf8).withUnsafeBytes {
            app.isolate.event(socket: App.socket, payload: $0, ack: 1)
          }
        }
      }
      perform()
    }
    for socket in model.requests.keys {
      app.isolate.abandon(socket: socket)
      perform()
    }
    app.isolate.disconnect(socket: App.socket, reason: "end")
    perform()
    while !model.tokens.isEmpty {
      app.isolate.wake(model.tokens.removeLast())
      perform()
    }
    #expect(model.listeners.isEmpty && app.isolate.suspended == 0)
  }
}
