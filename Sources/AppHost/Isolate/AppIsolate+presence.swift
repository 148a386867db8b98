// Presence as an isolate performs it: scripts enter and withdraw clients, the table says what clients and
// nodes are to be told, at the end of a turn. Who begins to hear of a channel is told all that it holds, and
// how it changes from there. Nothing here is used by an app without presence.

import LuaRuntime
import NIOCore
import PubSub
import RealtimeProtocol

extension AppIsolate {
  // MARK: What scripts ask for

  /// Performs a command about presence. One about a client that is not let in yet waits for that.
  func changePresence(_ socket: Socket, _ command: LuaCommand) {
    let seat = socket.seat.presence ?? PresenceSeat()
    socket.seat.presence = seat
    let channel = command.text
    switch command.kind {
    case .track:
      seat.tracked[channel] = PresenceSeat.Person(
        key: String(decoding: command.body, as: UTF8.self),
        meta: JSONSorter.sorted(command.message))
    case .untrack: seat.tracked[channel] = nil
    case .watch: seat.watched.insert(channel)
    default: seat.watched.remove(channel)
    }
    if socket.seat.isAccepted { settlePresence(of: socket, seat, on: channel) }
  }

  /// A client is let in, or back: what the script wanted of its presence takes effect.
  func beginPresence(of socket: Socket) {
    guard let seat = socket.seat.presence else { return }
    for channel in seat.channels { settlePresence(of: socket, seat, on: channel) }
  }

  /// A client is gone: its entries leave, or stay for a while when it was lost.
  func endPresence(of socket: Socket, isLost: Bool) {
    guard socket.seat.presence != nil, let presence else { return }
    presence.isTouched = true
    if isLost {
      presence.table.lose(socket.seat.handle, now: .now())
    } else {
      presence.table.leave(socket.seat.handle)
    }
  }

  /// The socket's seat is left.
  func forgetPresence(of socket: Socket) {
    guard let seat = socket.seat.presence, let presence else { return }
    for channel in seat.heard {
      presence.removeListener(
        socket.seat.handle, from: PresenceChannel(channel, in: socket.namespace))
    }
  }

  /// A client is back that may have missed how presence changed: it is told anew who is there.
  /// - Parameter topics: where it is a member; on another node than before, only these tell of what it hears.
  func renewPresence(of socket: Socket, in topics: [String]) {
    let seat = socket.seat.presence ?? PresenceSeat()
    let channels = topics.compactMap { Topic.presence(of: $0, in: socket.namespace) }
    if socket.seat.presence == nil {
      guard !channels.isEmpty else { return }
      seat.watched = Set(channels)
      socket.seat.presence = seat
    }
    forgetPresence(of: socket)
    seat.heard = []
  }

  private func settlePresence(of socket: Socket, _ seat: PresenceSeat, on channel: String) {
    let presence = touchedPresence()
    let place = PresenceChannel(channel, in: socket.namespace)
    if let person = seat.tracked[channel] {
      presence.table.track(
        socket.seat.handle,
        as: PresenceIdentity(channel: place, key: person.key, meta: person.meta))
    } else {
      presence.table.untrack(socket.seat.handle, from: place)
    }
    if seat.wants(channel) {
      guard seat.heard.insert(channel).inserted else { return }
      presence.addListener(socket.seat.handle, to: place)
    } else if seat.heard.remove(channel) != nil {
      presence.removeListener(socket.seat.handle, from: place)
      deliver(.leave(socket, topic: Topic.presence(place)), socket)
    }
  }

  /// The app's presence, made if need be, whose news are told at the end of the turn.
  private func touchedPresence() -> AppPresence {
    let presence = presence ?? makePresence()
    self.presence = presence
    presence.isTouched = true
    return presence
  }

  private func makePresence() -> AppPresence {
    let site = PresenceSite(node: link?.node ?? 0, table: .random(in: 1 ... .max))
    var table = PresenceTable(site: site, limits: presenceLimits, isShared: link != nil)
    table.linkIsUp(now: .now())
    return AppPresence(table: table)
  }

  private var presenceLimits: PresenceLimits {
    var limits = source.manifest.limits.presence
    // The other nodes are given up by what they announce; this is for what is heard of them later.
    if let hub = worker.hub { limits.silence = hub.timeout + hub.timeout + limits.silence }
    return limits
  }

  // MARK: What scripts are told

  /// Who is on a channel, with what the running handler has changed.
  func presenceText(_ question: LuaPresenceQuestion) -> [UInt8]? {
    let channel = PresenceChannel(question.channel, in: question.namespace)
    let waiting = waitingPresence(on: channel)
    guard presence != nil || !waiting.isEmpty else { return nil }
    let replaced = Set(waiting.keys.compactMap { presence?.table.ref(of: $0, on: channel) })
    let entries = presence?.table.entries(on: channel) ?? []
    var metas = entries.filter { !replaced.contains($0.ref) }.map(PresenceMeta.init)
    for (_, person) in waiting.sorted(by: { $0.key < $1.key }) {
      if let person { metas.append(PresenceMeta(key: person.key, meta: person.meta)) }
    }
    guard let key = question.key else { return Array(PresenceText.lists(metas).utf8) }
    return Array(PresenceText.list(metas.filter { $0.key == key }).utf8)
  }

  /// What the outbox holds about a channel, by socket; nil for one that leaves it.
  private func waitingPresence(
    on channel: PresenceChannel
  ) -> [UInt64: PresenceSeat.Person?] {
    guard let outbox = lua?.outbox else { return [:] }
    var waiting: [UInt64: PresenceSeat.Person?] = [:]
    for command in outbox where command.kind == .track || command.kind == .untrack {
      guard command.namespace == channel.namespace, command.text == channel.name,
        seats[command.socket]?.seat.isAccepted == true
      else { continue }
      let person = PresenceSeat.Person(
        key: String(decoding: command.body, as: UTF8.self),
        meta: String(decoding: command.message, as: UTF8.self))
      waiting[command.socket] = .some(command.kind == .track ? person : nil)
    }
    return waiting
  }

  // MARK: The other nodes

  /// Takes in what another node, or this one, has told.
  func hear(_ message: PresenceMessage) {
    guard !isRetired else { return }
    let presence = touchedPresence()
    // What the engine's link hands back by itself while it is broken does not show that others are heard.
    if message.sender == presence.table.site, let link, link.engine.health != .up { return }
    presence.table.receive(message, now: .now())
    guard presence.table.isOverfull, !presence.hasWarned else { return }
    presence.hasWarned = true
    journal.warn(
      app: name,
      "another node has more clients present than limits.presence_entries allows here; "
        + "some are left out. Give all nodes the same limits")
  }

  /// The link to the other nodes is there again.
  func renewPresence() {
    guard presence != nil else { return }
    touchedPresence().table.linkIsUp(now: .now())
  }

  /// Another node is there. It is told at once where this one's table stands, and asks for it if need be.
  func greet(_ node: UInt64) {
    guard presence != nil else { return }
    touchedPresence().table.tellState(now: .now())
  }

  /// Another node is gone: its entries leave when their time of grace is over.
  func endPresence(on node: UInt64) {
    guard presence != nil else { return }
    touchedPresence().table.end(node: node, now: .now())
  }

  /// All clients have to begin anew.
  func loseAllPresence() {
    guard presence != nil else { return }
    let presence = touchedPresence()
    presence.removeListeners()
    presence.alarmTime = nil
    presence.table.limits = presenceLimits
    presence.table.loseAll(now: .now())
  }

  /// The app ends on this node; what its clients were present as stays with the others for a while.
  func retirePresence() {
    guard let presence else { return }
    self.presence = nil
    alarms.cancel(.presence)
    if let link { link.send(presence.table.farewell) }
  }

  // MARK: The end of a turn

  /// The alarm has rung.
  func wakePresence() {
    alarms.remove(.presence)
    guard presence != nil else { return }
    touchedPresence().alarmTime = nil
  }

  /// Tells clients and nodes what has changed in this turn.
  func tellPresence() {
    guard let presence, presence.isTouched || !presence.newcomers.isEmpty else { return }
    presence.isTouched = false
    let now = NIODeadline.now()
    presence.table.advance(to: now)
    if presence.tellTime <= now { tellClients(presence, now: now) }
    if let link {
      for message in presence.table.takeMessages(now: now) { link.send(message) }
    }
    setAlarm(presence, now: now)
  }

  /// Those who hear of a channel already are told what has changed, newcomers all that there is: of that
  /// moment, for both.
  private func tellClients(_ presence: AppPresence, now: NIODeadline) {
    if presence.table.hasDiffs { presence.toldAt = now }
    for (channel, diff) in presence.table.takeDiffs() where presence.hasAudience(channel) {
      tell(PresenceText.diff(diff, on: channel), to: channel)
    }
    greetNewcomers(presence, now: now)
  }

  private func tell(_ event: String, to channel: PresenceChannel) {
    let topic = Topic.presence(channel)
    let packet = numbered(Outbound(event: event, in: channel.namespace), to: [topic])
    deliverToAll(.broadcast(topics: [topic], excluded: [], without: [], packet))
  }

  /// Tells clients who is there; those whose packets have to wait are told when these go.
  private func greetNewcomers(_ presence: AppPresence, now: NIODeadline) {
    guard !presence.newcomers.isEmpty else { return }
    let newcomers = presence.newcomers
    presence.newcomers = []
    var packets: [PresenceChannel: Outbound] = [:]
    for newcomer in newcomers {
      guard let socket = seats[newcomer.socket], socket.seat.presence != nil else { continue }
      guard socket.seat.isOpen else {
        presence.newcomers.append(newcomer)
        continue
      }
      let channel = newcomer.channel
      let packet =
        packets[channel]
        ?? Outbound(
          event: PresenceText.state(presence.table.entries(on: channel), on: channel),
          in: channel.namespace)
      packets[channel] = packet
      presence.toldAt = now
      deliver(.send(socket, packet), socket)
      deliver(.join(socket, topic: Topic.presence(channel)), socket)
    }
  }

  private func setAlarm(_ presence: AppPresence, now: NIODeadline) {
    // Newcomers that are still there when it is not too early wait for something else.
    let waits = presence.table.hasDiffs || !presence.newcomers.isEmpty
    let tellTime = waits && presence.tellTime > now ? presence.tellTime : nil
    guard let time = [presence.table.nextDeadline, tellTime].compactMap(\.self).min() else {
      return
    }
    if let set = presence.alarmTime, set <= time { return }
    alarms.cancel(.presence)
    presence.alarmTime = time
    alarms.start(
      .presence, after: Swift.max(time - now, .zero), repeats: false, on: eventLoop
    ) { [weak self] in self?.submit([.presence]) }
  }
}
