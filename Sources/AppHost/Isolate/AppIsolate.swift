// One app's Lua state and everything that belongs to it: the seats of its sockets, its timers and
// its waiting events. All of it is touched only while draining the mailbox, which one event loop at
// a time does; AppIsolate+places.swift says which.

import LuaRuntime
import NIOCore
import PubSub
import Reactive
import RealtimeProtocol

/// Runs the scripts of one app, or of one of its workers.
// @unchecked: mutable state is touched by the mailbox's one consumer only.
final class AppIsolate: @unchecked Sendable {
  let name: String
  let worker: AppWorker
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
  var tookLong = false

  private(set) var source: AppSource
  private(set) var lua: LuaIsolate?
  /// Counts the states that there were: what one has waited for is nothing to the next.
  private(set) var life = 0
  /// What the serving generation serves.
  private(set) var namespaces: Set<String> = []
  private(set) var patterns: [NamespacePattern] = []
  var seats = SeatTable<Socket>()
  var requests = SeatTable<RequestExchange>(mark: 1 << 62)
  var history: HistoryTable<Publication>
  /// Whether a client has subscribed with positions.
  var hasFollowers = false
  /// The listeners of each channel's topic, and the topic of each listener.
  var listeners: [String: Set<UInt64>] = [:]
  var listenerTopics: [UInt64: String] = [:]
  /// nil unless the app's nodes, or workers, meet in an engine.
  private(set) var link: ClusterLink?
  /// What carries durable channels; nil while there is none, and where the engine does.
  var durableLink: ClusterLink?
  /// This node, and the others that serve the app.
  let node: LuaNode
  var peers: Set<UInt64> = []
  /// What scripts have asked the nodes, by the tokens of those who wait, and what the nodes have asked.
  var questions = RequestTable<UInt64>()
  var asked: [UInt64: AskedQuestion] = [:]
  var lastAsked: UInt64 = 0
  var feeds = ChannelFeeds()
  /// The channels that an engine brings, by topic.
  var engineChannels: [String: EngineChannel] = [:]
  /// nil unless the app has used presence, here or on another node.
  var presence: AppPresence?
  /// nil unless clients can come back to their sockets on this node.
  var recovery: SocketRecovery?
  /// nil unless clients can come back to their sockets on every node.
  var shared: SharedRecovery?
  let contexts: LoopContexts
  var deliveries: DeliveryBatches
  var alarms = IsolateAlarms()
  var throttle = LogThrottle()
  /// Whether changed models will be handed to the store in a moment.
  var isKeepScheduled = false
  /// A generation that is prepared, or not, while the other workers are about it.
  var pendingLoad: PendingLoad?

  init(
    source: AppSource, worker: AppWorker, eventLoop: any EventLoop, loader: SideLoop,
    contexts: LoopContexts, journal: AppJournal, store: ModelStore?, recovery: RecoveryLimits?,
    node: UInt64, development: Bool
  ) {
    name = source.name
    self.worker = worker
    self.source = source
    self.journal = journal
    self.store = store
    self.development = development
    waitingEvents = source.manifest.limits.waitingEvents
    home = eventLoop
    self.loader = loader
    mailbox = Mailbox(eventLoop: eventLoop) { $0.weight }
    self.contexts = contexts
    deliveries = DeliveryBatches(contexts: contexts, served: worker.loops(of: contexts))
    history = source.manifest.limits.history
    if worker.resources.isClustered {
      shared = recovery.map(SharedRecovery.init)
    } else {
      self.recovery = recovery.map(SocketRecovery.init)
    }
    self.node = LuaNode(id: worker.hub?.node ?? node, isClustered: worker.hub != nil)
    link = worker.hub?.link(app: name) { [weak self] in self?.submit([.cluster($0)]) }
    worker.resources.join { [weak self] in self?.submit([$0]) }
    if history.defaults.isDurable { openDurableLink() }
    if shared != nil { openLog() }
  }

  /// The loop on which scripts run now.
  var eventLoop: any EventLoop { mailbox.eventLoop }

  /// Whether as many events wait as the app's limits allow.
  var isOverloaded: Bool { mailbox.weight >= waitingEvents }

  /// Runs an event.
  ///
  /// - Returns: what is left of it, because the isolate must go elsewhere first.
  func run(_ event: consuming IsolateEvent) -> IsolateEvent? {
    tookLong = false
    switch consume event {
    case .events(let socket, let run): return dispatch(socket, run).map { .events(socket, $0) }
    case let event: runAlone(event)
    }
    if isAwaitingVerdict { return nil }
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
    case .configure(let change): perform(change)
    case .published(let token, let life, let answer):
      if life == self.life { lua?.published(token, answer) }
    case .heard(let publication, let listener, let life):
      if life == self.life { hear(publication, listener) }
    case .wake(let token, let life): wake(token, life)
    case .fire(let timer, let life):
      if life == self.life { fire(timer) }
    case .presence: wakePresence()
    case .load(let source, let ballot):
      pendingLoad = prepare(source, ballot)
      if ballot.isAlone { settleLoad(true) }
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

  /// A generation of `source` serves now: reads what it is for.
  func serve(_ source: AppSource) {
    self.source = source
    worker.resources.shared.setLimit(bytes: source.manifest.limits.sharedBytes << 20)
    namespaces = Set(lua?.namespaces ?? [])
    patterns = (lua?.namespacePatterns ?? []).map(NamespacePattern.init)
    disconnectAll { self.script(for: $0.namespace) == nil }
  }

  /// The namespace of the script that serves `namespace`; nil if none does.
  func script(for namespace: String) -> String? {
    if namespaces.contains(namespace) { return namespace }
    return patterns.first { $0.matches(namespace) }?.script
  }

  func makeLua(_ source: AppSource) throws(LuaError) -> LuaIsolate {
    let lua = try LuaIsolate(
      app: name, worker: worker.lua, limits: source.manifest.limits.lua, node: node,
      development: development,
      handshake: { [unowned self] handle in
        let handshake = self.seats[handle]?.session.handshake ?? self.requests[handle]?.handshake
        return handshake?.json()
      },
      presence: { [unowned self] in self.presenceText($0) })
    for peer in peers { lua.nodeUp(peer) }
    return lua
  }

  /// A new state knows no session and no room: its clients come back to it as new ones.
  func replaceLua(with fresh: LuaIsolate?) {
    let isFirst = lua == nil
    lua = fresh
    life += 1
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
    loseAllPresence()
    recovery?.forgetAll()
    forgetAllByLog()
    failAllRequests()
    listeners = [:]
    listenerTopics = [:]
    forsakeEverything()
    questions.forgetAll()
    asked = [:]
    forgetModels()
  }

  /// Whether a new state must take over. Not where connections are served: it may read the disk.
  private var isRestartDue: Bool {
    if case .home = place { false } else { needsRestart }
  }

  private func restartBecauseMemoryIsFull() {
    journal.warn(
      app: worker.title,
      "its memory (\(source.manifest.limits.memory) MiB) is full even after a collection; "
        + "it starts anew and its clients reconnect. Find what keeps growing, or raise memory_mb")
    do throws(LuaError) {
      keepChanges()
      let program = storedProgram(of: source)
      let fresh = try makeLua(source)
      replaceLua(with: fresh)
      try fresh.load(program)
      serve(source)
      performCommands()
    } catch {
      journal.loadFailed(source, worker.title, error)
    }
  }

  private func retire() {
    lua?.slice = nil
    retirePresence()
    shared?.isEnding = true
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
