// One app's Lua state and everything that belongs to it: the seats of its sockets, its timers and
// its waiting events. All of it is touched only while draining the mailbox, which one event loop at
// a time does; AppIsolate+places.swift says which.

import LuaRuntime
import NIOCore
import PubSub
import Reactive
import RealtimeProtocol

/// Runs the scripts of one app.
// @unchecked: mutable state is touched by the mailbox's one consumer only.
final class AppIsolate: @unchecked Sendable {
  let name: String
  let journal: AppJournal
  /// nil unless models can be stored.
  let store: ModelStore?
  let mailbox: Mailbox<IsolateEvent>
  private let development: Bool
  private let waitingEvents: Int
  let home: any EventLoop
  let loader: SideLoop
  var place = Place.home
  private(set) var isRetired = false
  /// Whether the event that was run last took too long.
  private(set) var tookLong = false

  private(set) var source: AppSource
  private(set) var lua: LuaIsolate?
  /// What the serving generation serves.
  private(set) var namespaces: Set<String> = []
  private(set) var patterns: [NamespacePattern] = []
  var seats = SeatTable<Socket>()
  var requests = SeatTable<RequestExchange>(mark: 1 << 62)
  var history: HistoryTable<Publication>
  /// The listeners of each channel's topic, and the topic of each listener.
  var listeners: [String: Set<UInt64>] = [:]
  var listenerTopics: [UInt64: String] = [:]
  /// nil unless the app's nodes meet in an engine.
  let hub: EngineHub?
  private(set) var link: ClusterLink?
  var feeds = ChannelFeeds()
  /// How the engine calls the channels that it brings, by topic.
  var engineChannels: [String: String] = [:]
  /// nil unless clients can come back to their sockets.
  var recovery: SocketRecovery?
  var deliveries: DeliveryBatches
  var alarms = IsolateAlarms()
  var throttle = LogThrottle()
  /// Whether changed models will be handed to the store in a moment.
  var isKeepScheduled = false

  init(
    source: AppSource, eventLoop: any EventLoop, loader: SideLoop, contexts: LoopContexts,
    journal: AppJournal, store: ModelStore?, recovery: RecoveryLimits?, hub: EngineHub?,
    development: Bool
  ) {
    name = source.name
    self.source = source
    self.journal = journal
    self.store = store
    self.development = development
    waitingEvents = source.manifest.limits.waitingEvents
    home = eventLoop
    self.loader = loader
    mailbox = Mailbox(eventLoop: eventLoop) { $0.weight }
    deliveries = DeliveryBatches(contexts: contexts)
    history = source.manifest.limits.history
    self.recovery = recovery.map(SocketRecovery.init)
    self.hub = hub
    link = hub?.link(app: name) { [weak self] in self?.submit([.cluster(.received($0))]) }
  }

  /// The loop on which scripts run now.
  var eventLoop: any EventLoop { mailbox.eventLoop }

  /// Whether as many events wait as the app's limits allow.
  var isOverloaded: Bool { mailbox.weight >= waitingEvents }

  /// Adds events; runs them at once when called on the isolate's loop while nothing waits.
  func submit(_ events: [IsolateEvent]) {
    guard let eventLoop = mailbox.append(events) else { return }
    if eventLoop.inEventLoop {
      drain(on: eventLoop)
    } else {
      eventLoop.execute { self.drain(on: eventLoop) }
    }
  }

  /// Runs an event.
  ///
  /// - Returns: what is left of it, because the isolate must go elsewhere first.
  func run(_ event: consuming IsolateEvent) -> IsolateEvent? {
    tookLong = false
    switch consume event {
    case .events(let socket, let run): return dispatch(socket, run).map { .events(socket, $0) }
    case let event: runAlone(event)
    }
    noteTime()
    if !isLeavingForOwnThread { finishRun() }
    return nil
  }

  private func runAlone(_ event: IsolateEvent) {
    switch event {
    case .events: break
    case .connect(let socket, let auth): connect(socket, auth)
    case .event(let socket, let payload, let attachments, let ack):
      dispatch(socket, payload, attachments, ack)
    case .acknowledge(let socket, let id, let payload, let attachments):
      acknowledge(socket, id, payload, attachments)
    case .disconnect(let socket, let reason): disconnect(socket, reason)
    case .forget(let handle): forget(handle)
    case .request(let exchange): request(exchange)
    case .abandon(let exchange): abandon(exchange)
    case .drained(let exchange, let bytes): lua?.drained(socket: exchange.handle, bytes: bytes)
    case .publish(let namespace, let channel, let message, let done):
      publish(message, [], on: channel, in: namespace, done: done)
    case .cluster(let event): perform(event)
    case .heard(let publication, let listener): hear(publication, listener)
    case .wake(let token):
      alarms.remove(.wake(token))
      lua?.wake(token)
    case .fire(let timer): fire(timer)
    case .load(let source, let done): done(load(source))
    case .keep:
      isKeepScheduled = false
      keepChanges()
    case .retire(let done):
      retire()
      done()
    }
  }

  /// Notes whether the handler that ran took too long.
  func noteTime() {
    guard let lua else { return }
    tookLong = tookLong || lua.lastRunWasInterrupted || lua.lastRunWasLengthy
  }

  /// What follows every run of a handler.
  func finishRun() {
    performCommands()
    if isRestartDue { restartBecauseMemoryIsFull() }
    keepSoon()
  }

  // MARK: Generations

  /// Loads `source` beside what serves; on failure nothing changes.
  private func load(_ source: AppSource) -> Result<LoadReport, LuaError> {
    keepChanges()
    let program = storedProgram(of: source)
    do throws(LuaError) {
      if let lua, source.manifest.limits == self.source.manifest.limits {
        try lua.load(program)
      } else {
        let fresh = try makeLua(source)
        try fresh.load(program)
        replaceLua(with: fresh)
      }
    } catch {
      tookLong = error.code == .time || error.code == .instructions
      return .failure(error)
    }
    self.source = source
    takeOver()
    return .success(
      LoadReport(
        generation: lua?.generation ?? 0, namespaces: lua?.namespaces ?? [], patterns: patterns,
        routes: lua?.routes ?? [], manifest: manifest))
  }

  /// What the serving generation declares for pages.
  private var manifest: PageManifest? {
    guard let lua else { return nil }
    do throws(ReactiveError) {
      return try PageManifest(lua.manifest)
    } catch {
      journal.warn(app: name, "what it declares for pages cannot be read: \(error.description)")
      return nil
    }
  }

  /// Reads what the generation that serves now is for.
  private func takeOver() {
    namespaces = Set(lua?.namespaces ?? [])
    patterns = (lua?.namespacePatterns ?? []).map(NamespacePattern.init)
    disconnectAll { self.script(for: $0.namespace) == nil }
  }

  /// The namespace of the script that serves `namespace`; nil if none does.
  func script(for namespace: String) -> String? {
    if namespaces.contains(namespace) { return namespace }
    return patterns.first { $0.matches(namespace) }?.script
  }

  private func makeLua(_ source: AppSource) throws(LuaError) -> LuaIsolate {
    try LuaIsolate(
      app: name, limits: source.manifest.limits.lua, development: development,
      handshake: { [unowned self] handle in
        let handshake = self.seats[handle]?.session.handshake ?? self.requests[handle]?.handshake
        return handshake?.json()
      })
  }

  /// A new state knows no session and no room: its clients come back to it as new ones.
  private func replaceLua(with fresh: LuaIsolate?) {
    let isFirst = lua == nil
    lua = fresh
    updateSlice()
    if isFirst { return }
    alarms.cancelAll()
    for socket in seats.occupants {
      if !socket.seat.isParked {
        deliveries.append(.close(socket, .appRestarted), to: socket.session.context)
      }
      socket.seat = IsolateSeat()
    }
    seats = SeatTable()
    recovery?.forgetAll()
    failAllRequests()
    listeners = [:]
    listenerTopics = [:]
    forsakeEverything()
    forgetModels()
  }

  /// Whether a new state must take over. Not where connections are served: it may read the disk.
  private var isRestartDue: Bool {
    if case .home = place { false } else { needsRestart }
  }

  private func restartBecauseMemoryIsFull() {
    journal.warn(
      app: name,
      "its memory (\(source.manifest.limits.memory) MiB) is full even after a collection; "
        + "it starts anew and its clients reconnect. Find what keeps growing, or raise memory_mb")
    do throws(LuaError) {
      keepChanges()
      let program = storedProgram(of: source)
      let fresh = try makeLua(source)
      replaceLua(with: fresh)
      try fresh.load(program)
      takeOver()
      performCommands()
    } catch {
      journal.loadFailed(source, error)
    }
  }

  private func retire() {
    lua?.slice = nil
    disconnectAll { _ in true }
    failAllRequests()
    alarms.cancelAll()
    keepChanges()
    lua = nil
    namespaces = []
    patterns = []
    isRetired = true
  }

  /// Ends the membership of the sockets for which `condition` holds, as the server's own wish.
  private func disconnectAll(where condition: (Socket) -> Bool) {
    for socket in seats.occupants where condition(socket) {
      if socket.seat.isParked {
        forget(socket.seat.handle)
      } else {
        deliveries.append(.disconnect(socket), to: socket.session.context)
        disconnect(socket, .serverNamespaceDisconnect)
      }
    }
  }
}
