// One app's Lua state. Its owner (an event loop) hands in events and afterwards performs what the
// outbox holds; scripts never reach Swift by any other way. Every call returns once the script
// ended, suspended itself, or was stopped by its limits. Nothing here blocks or throws, `init` and
// `load` apart.

import CLua

/// An app's scripts, sockets' `self` tables, sessions, timers, and suspended handlers.
///
/// Not `Sendable`: one owner calls it, on one thread at a time.
public final class LuaIsolate {
  /// The version that scripts read as `perigee.version`.
  public static let version = "0.3.0"

  let host: OpaquePointer
  private let queries: Queries
  private let namespaceNames: NamespaceNames
  /// Keeps the shared store there for as long as the state.
  private let worker: LuaWorker

  /// - Parameters:
  ///   - app: the app's name, `perigee.app` in Lua.
  ///   - worker: which of the app's states this is.
  ///   - limits: the bounds of everything that a script can use up.
  ///   - node: what `perigee.node` answers.
  ///   - development: clients see the real message of an internal error.
  ///   - handshake: answers a socket's handshake as JSON text, asked for once per socket when a
  ///     script first looks at `self.handshake`. It must not call the isolate.
  ///   - presence: answers who is present as JSON text: an object from keys to lists of metas, or the
  ///     list of the one key that the question names; nil when nobody is. It may read the outbox, and
  ///     must not call the isolate otherwise.
  public init(
    app: String, worker: LuaWorker = LuaWorker(), limits: LuaLimits = LuaLimits(),
    node: LuaNode = LuaNode(), development: Bool = false,
    handshake: @escaping (UInt64) -> [UInt8]? = { _ in nil },
    presence: @escaping (LuaPresenceQuestion) -> [UInt8]? = { _ in nil }
  ) throws(LuaError) {
    let box = Queries(handshake: handshake, presence: presence)
    var bounds = pg_limits(limits)
    let context = Unmanaged.passUnretained(box).toOpaque()
    guard
      let host = pg_create(
        app, Self.version, &bounds, development, Queries.handshake, context)
    else {
      throw LuaError(code: .memory, message: "the memory limit is too low for an empty Lua state")
    }
    pg_set_worker(
      host, Int32(worker.number), Int32(worker.count), worker.shared.store, worker.keepsHistory)
    pg_set_node(host, node.id, node.isClustered)
    self.host = host
    self.worker = worker
    queries = box
    pg_set_presence_query(host, Queries.presence)
    pg_set_text_query(host, ComposedText.query)
    namespaceNames = NamespaceNames(host: host)
    runPrelude()
  }

  deinit {
    pg_destroy(host)
  }

  /// The serving generation, counted from 1; 0 before the first `load`.
  public var generation: Int { Int(pg_generation_number(host)) }

  /// The namespaces of the serving generation.
  public var namespaces: [String] {
    (0..<pg_script_count(host)).compactMap { index in
      pg_script_namespace(host, index).map { String(cString: $0) }
    }
  }

  /// Compiles and runs `program` beside the serving generation and swaps to it in one step. When
  /// anything fails nothing has changed, and the old generation keeps serving. Log lines written on
  /// the way are in the outbox either way.
  public func load(_ program: LuaProgram) throws(LuaError) {
    try prepare(program)
    try commit()
  }

  /// Compiles and runs `program` beside the serving generation, which goes on serving. Nothing but
  /// ``commit()`` or ``withdraw()`` may follow; when this throws, nothing has changed.
  public func prepare(_ program: LuaProgram) throws(LuaError) {
    pg_program_begin(host)
    for script in program.scripts {
      script.source.withUnsafeBytes {
        pg_program_script(host, script.namespace, script.file, $0.baseAddress, $0.count)
      }
    }
    for module in program.modules {
      module.source.withUnsafeBytes {
        pg_program_module(host, module.name, module.file, $0.baseAddress, $0.count)
      }
    }
    for (name, value) in program.environment {
      pg_program_environment(host, name, value)
    }
    for (name, json) in program.kept {
      json.withUnsafeBytes { pg_program_kept(host, name, $0.baseAddress, $0.count) }
    }
    var failure = pg_failure()
    guard pg_prepare(host, &failure) else { throw LuaError(failure) }
  }

  /// Makes what was prepared the serving generation.
  public func commit() throws(LuaError) {
    var failure = pg_failure()
    guard pg_commit(host, &failure) else { throw LuaError(failure) }
  }

  /// Forgets what was prepared.
  public func withdraw() { pg_withdraw(host) }

  /// Bytes that the Lua state holds now.
  public var memoryUsed: Int { pg_memory_used(host) }
  /// Handlers waiting for a sleep, an ack, a message, or the client of a stream.
  public var suspended: Int { pg_suspended_count(host) }
  /// Timers set now.
  public var timers: Int { pg_timer_count(host) }
  /// True when more than nine tenths of the memory limit stayed in use after a full collection:
  /// the app is best restarted in a fresh isolate.
  public var overflowed: Bool { pg_overflowed(host) }
  /// Whether the last run was stopped by its time or instruction budget.
  public var lastRunWasInterrupted: Bool { pg_was_interrupted(host) }

  /// Processor time after which a handler is paused so that its owner can continue it elsewhere;
  /// nil, as at first, never pauses. Loading is not paused.
  public var slice: Duration? {
    didSet { pg_set_slice(host, slice?.nanoseconds ?? 0) }
  }

  /// Whether the last run is paused. Nothing else may run before ``resume()``.
  public var isPaused: Bool { pg_is_paused(host) }

  /// Whether the last run used up its slice but ended before it could be paused.
  public var lastRunWasLengthy: Bool { pg_was_lengthy(host) }

  /// Continues the paused run. May be called on another thread than the one that began it.
  public func resume() { pg_continue(host) }

  /// What the scripts asked for; read it after each batch of calls, then clear it.
  public var outbox: LuaOutbox {
    LuaOutbox(view: pg_outbox_read(host), namespaces: namespaceNames)
  }

  public func clearOutbox() {
    pg_outbox_clear(host)
  }

  /// Type annotations of everything that Perigee offers to scripts, for the Lua language server.
  public static var typeAnnotations: String {
    String(decoding: PackageResources.perigee_lua, as: UTF8.self)
  }
}

extension pg_limits {
  fileprivate init(_ limits: LuaLimits) {
    self.init(
      memory_bytes: max(0, limits.memoryBytes), event_nanoseconds: limits.eventTime.nanoseconds,
      load_nanoseconds: limits.loadTime.nanoseconds,
      event_instructions: Int64(limits.eventInstructions),
      outbox_bytes: max(0, limits.outboxBytes),
      suspended_handlers: max(0, limits.suspendedHandlers), timers: max(0, limits.timers),
      json_depth: Int32(clamping: limits.jsonDepth),
      presence_entries: max(0, limits.presenceEntries),
      presence_meta_bytes: max(0, limits.presenceMetaBytes))
  }
}

extension Duration {
  fileprivate var nanoseconds: Int64 {
    components.seconds * 1_000_000_000 + components.attoseconds / 1_000_000_000
  }
}
