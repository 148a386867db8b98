// One app's Lua state and everything that belongs to it: the seats of its sockets, its timers and
// its waiting events. All of it is touched only while draining the mailbox, which one event loop at
// a time does; AppIsolate+places.swift says which.

import LuaRuntime
import NIOCore
import RealtimeProtocol

/// Runs the scripts of one app.
// @unchecked: mutable state is touched by the mailbox's one consumer only.
final class AppIsolate: @unchecked Sendable {
  let name: String
  let journal: AppJournal
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
  var seats = SeatTable<Socket>()
  var deliveries: DeliveryBatches
  var alarms = IsolateAlarms()
  var throttle = LogThrottle()

  init(
    source: AppSource, eventLoop: any EventLoop, loader: SideLoop, contexts: LoopContexts,
    journal: AppJournal, development: Bool
  ) {
    name = source.name
    self.source = source
    self.journal = journal
    self.development = development
    waitingEvents = source.manifest.limits.waitingEvents
    home = eventLoop
    self.loader = loader
    mailbox = Mailbox(eventLoop: eventLoop)
    deliveries = DeliveryBatches(contexts: contexts)
  }

  /// The loop on which scripts run now.
  var eventLoop: any EventLoop { mailbox.eventLoop }

  /// Whether as many events wait as the app's limits allow.
  var isOverloaded: Bool { mailbox.count >= waitingEvents }

  /// Adds events; runs them at once when called on the isolate's loop while nothing waits.
  func submit(_ events: [IsolateEvent]) {
    guard let eventLoop = mailbox.append(events) else { return }
    if eventLoop.inEventLoop {
      drain(on: eventLoop)
    } else {
      eventLoop.execute { self.drain(on: eventLoop) }
    }
  }

  func run(_ event: IsolateEvent) {
    tookLong = false
    switch event {
    case .connect(let socket, let auth): connect(socket, auth)
    case .event(let socket, let payload, let attachments, let ack):
      dispatch(socket, payload, attachments, ack)
    case .acknowledge(let socket, let id, let payload, let attachments):
      acknowledge(socket, id, payload, attachments)
    case .disconnect(let socket, let reason): disconnect(socket, reason)
    case .wake(let token):
      alarms.remove(.wake(token))
      lua?.wake(token)
    case .fire(let timer): fire(timer)
    case .load(let source, let done): done(load(source))
    case .retire: retire()
    }
    if let lua {
      tookLong = tookLong || lua.lastRunWasInterrupted || lua.lastRunWasLengthy
    }
    if !isLeavingForOwnThread { finishRun() }
  }

  /// What follows every run of a handler.
  func finishRun() {
    performCommands()
    if lua?.overflowed == true { restartBecauseMemoryIsFull() }
  }

  // MARK: Generations

  /// Loads `source` beside what serves; on failure nothing changes.
  private func load(_ source: AppSource) -> Result<LoadReport, LuaError> {
    do throws(LuaError) {
      if let lua, source.manifest.limits == self.source.manifest.limits {
        try lua.load(source.program)
      } else {
        let fresh = try makeLua(source)
        try fresh.load(source.program)
        replaceLua(with: fresh)
      }
    } catch {
      tookLong = error.code == .time || error.code == .instructions
      return .failure(error)
    }
    self.source = source
    let namespaces = lua?.namespaces ?? []
    disconnectAll { !namespaces.contains($0.namespace) }
    return .success(LoadReport(generation: lua?.generation ?? 0, namespaces: namespaces))
  }

  private func makeLua(_ source: AppSource) throws(LuaError) -> LuaIsolate {
    try LuaIsolate(
      app: name, limits: source.manifest.limits.lua, development: development,
      handshake: { [unowned self] handle in self.seats[handle]?.session.handshakeJSON() })
  }

  /// A new state knows no session and no room: its clients come back to it as new ones.
  private func replaceLua(with fresh: LuaIsolate?) {
    let isFirst = lua == nil
    lua = fresh
    updateSlice()
    if isFirst { return }
    alarms.cancelAll()
    for socket in seats.occupants {
      deliveries.append(.close(socket, .appRestarted), to: socket.session.context)
      socket.seat = IsolateSeat()
    }
    seats = SeatTable()
  }

  private func restartBecauseMemoryIsFull() {
    journal.warn(
      app: name,
      "its memory (\(source.manifest.limits.memory) MiB) is full even after a collection; "
        + "it starts anew and its clients reconnect. Find what keeps growing, or raise memory_mb")
    do throws(LuaError) {
      let fresh = try makeLua(source)
      replaceLua(with: fresh)
      try fresh.load(source.program)
      performCommands()
    } catch {
      journal.loadFailed(source, error)
    }
  }

  private func retire() {
    lua?.slice = nil
    disconnectAll { _ in true }
    alarms.cancelAll()
    lua = nil
    isRetired = true
  }

  /// Ends the membership of the sockets for which `condition` holds, as the server's own wish.
  private func disconnectAll(where condition: (Socket) -> Bool) {
    for socket in seats.occupants where condition(socket) {
      deliveries.append(.disconnect(socket), to: socket.session.context)
      disconnect(socket, .serverNamespaceDisconnect)
    }
  }
}
