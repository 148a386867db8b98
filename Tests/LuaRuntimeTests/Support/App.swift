import LuaRuntime

/// One isolate with a script, driven by JSON texts.
final class App {
  let isolate: LuaIsolate
  static let socket: UInt64 = 7

  init(
    _ source: String, modules: [String: String] = [:], environment: [String: String] = [:],
    worker: LuaWorker = LuaWorker(), limits: LuaLimits = LuaLimits(), node: LuaNode = LuaNode(),
    development: Bool = true, connected: Bool = true,
    handshake: @escaping (UInt64) -> [UInt8]? = { _ in nil },
    presence: @escaping (LuaPresenceQuestion) -> [UInt8]? = { _ in nil }
  ) throws {
    isolate = try LuaIsolate(
      app: "test", worker: worker, limits: limits, node: node, development: development,
      handshake: handshake, presence: presence)
    try load(source, modules: modules, environment: environment)
    guard connected else { return }
    open()
    connect()
    take()
  }

  func load(
    _ source: String, modules: [String: String] = [:], environment: [String: String] = [:]
  ) throws(LuaError) {
    try isolate.load(
      LuaProgram(
        scripts: [LuaScript(namespace: "/test", file: "test.lua", source: Array(source.utf8))],
        modules: modules.sorted { $0.key < $1.key }.map {
          LuaModule(name: $0.key, file: "lib/\($0.key).lua", source: Array($0.value.utf8))
        },
        environment: environment))
  }

  @discardableResult
  func open(
    _ socket: UInt64 = App.socket, session: UInt64 = 1, namespace: String = "/test"
  ) -> Bool {
    isolate.open(
      socket: socket, namespace: namespace, script: "/test", id: "id-\(socket)", session: session)
  }

  /// Opens and connects sockets and takes what came of it.
  func join(_ sockets: some Sequence<UInt64>, namespace: String = "/test") {
    for socket in sockets {
      open(socket, namespace: namespace)
      connect(socket)
    }
    take()
  }

  @discardableResult
  func park(_ socket: UInt64 = App.socket, reason: String = "transport close") -> [Told] {
    isolate.park(socket: socket, reason: reason)
    return take()
  }

  @discardableResult
  func rejoin(_ socket: UInt64 = App.socket, auth: String = "") -> [Told] {
    Array(auth.utf8).withUnsafeBytes { isolate.rejoin(socket: socket, auth: $0) }
    return take()
  }

  @discardableResult
  func disconnect(_ socket: UInt64 = App.socket, reason: String = "transport close") -> [Told] {
    isolate.disconnect(socket: socket, reason: reason)
    return take()
  }

  func connect(_ socket: UInt64 = App.socket, auth: String? = nil) {
    guard let auth else { return isolate.connect(socket: socket, auth: nil) }
    Array(auth.utf8).withUnsafeBytes { isolate.connect(socket: socket, auth: $0) }
  }

  /// Dispatches an event and takes what came of it.
  @discardableResult
  func send(
    _ payload: String, ack: Int64 = -1, attachments: [[UInt8]] = [], to socket: UInt64 = App.socket
  ) -> [Told] {
    send(Array(payload.utf8), ack: ack, attachments: attachments, to: socket)
  }

  @discardableResult
  func send(
    _ payload: [UInt8], ack: Int64 = -1, attachments: [[UInt8]] = [],
    to socket: UInt64 = App.socket
  ) -> [Told] {
    payload.withUnsafeBytes {
      isolate.event(socket: socket, payload: $0, attachments: attachments, ack: ack)
    }
    return take()
  }

  @discardableResult
  func acknowledge(_ id: Int64, _ payload: String, from socket: UInt64 = App.socket) -> [Told] {
    Array(payload.utf8).withUnsafeBytes {
      isolate.acknowledge(socket: socket, id: id, payload: $0)
    }
    return take()
  }

  /// The outbox, which is empty afterwards.
  @discardableResult
  func take() -> [Told] {
    let told = isolate.outbox.map(Told.init).filter { $0.kind != .none }
    isolate.clearOutbox()
    return told
  }

  /// What a call of `run(self, …)` acks, as JSON text without the outer brackets.
  func ask(_ payload: String) -> String {
    guard let ack = send(payload, ack: 1).first(where: { $0.kind == .ack }) else { return "" }
    return String(ack.body.dropFirst().dropLast())
  }
}

extension [Told] {
  var texts: [String] { map(\.description) }
}

/// What the Lua expression evaluates to, as JSON text.
func evaluate(_ expression: String, limits: LuaLimits = LuaLimits()) throws -> String {
  let app = try App("function on_run() return \(expression) end", limits: limits)
  let told = app.send(#"["run"]"#, ack: 1)
  return told.first { $0.kind == .ack }.map { String($0.body.dropFirst().dropLast()) }
    ?? told.map(\.description).joined(separator: "\n")
}
