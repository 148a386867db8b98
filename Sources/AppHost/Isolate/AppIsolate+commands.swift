// Performs what a handler run has asked for: reads the outbox once and turns commands into
// deliveries, alarms and log lines. Commands about a client that is not let in yet are held back.

import LuaRuntime
import NIOCore
import RealtimeProtocol

extension AppIsolate {
  /// Performs and clears the outbox.
  func performCommands() {
    guard let lua else { return }
    let outbox = lua.outbox
    guard !outbox.isEmpty else { return }
    var index = outbox.startIndex
    while index < outbox.endIndex {
      let packets = outbox.packets(from: index)
      let next = index + (packets?.count ?? 1)
      if packets.map(sendAtOnce) != true {
        for index in index..<next { perform(outbox[index]) }
      }
      index = next
    }
    lua.clearOutbox()
  }

  /// Writes events and acks straight into what waits to be sent to the client, if that is possible:
  /// the client is let in and lives on this loop, and its packets need no number.
  private func sendAtOnce(_ packets: LuaPackets) -> Bool {
    guard recovery == nil, shared == nil, let socket = seats[packets.socket], socket.seat.isOpen
    else { return false }
    return deliveries.send(packets, to: socket)
  }

  private func perform(_ command: LuaCommand) {
    switch command.kind {
    case .emit, .ack, .join, .leave, .subscribe, .unsubscribe, .disconnect, .accept, .refuse,
      .violation, .track, .untrack, .watch, .unwatch:
      guard let socket = seats[command.socket] else { return }
      perform(command, for: socket)
    case .broadcast: broadcast(command)
    case .publish: publish(command)
    case .history: configureHistory(command)
    case .listen: listen(command)
    case .unlisten: unlisten(command.listener)
    case .respond, .stream, .streamEnd:
      guard let exchange = requests[command.socket] else { return }
      perform(command, for: exchange)
    case .sleep: sleep(command.token, command.duration)
    case .awaitAck:
      alarms.expectAck(socket: command.socket, id: command.ackID, token: command.token)
      sleep(command.token, command.duration)
    case .timerStart: startTimer(command)
    case .timerCancel: alarms.cancel(command.flag ? .wake(command.token) : .timer(command.timer))
    case .log:
      journal.log(
        app: worker.title, level: command.level,
        message: String(decoding: command.body, as: UTF8.self))
    case .ask: ask(command)
    case .change: spreadChange(command)
    case .answer: answer(command)
    case .failure: report(command)
    case .keep, .none: return
    }
  }

  private func perform(_ command: LuaCommand, for socket: Socket) {
    switch command.kind {
    case .emit: deliver(.send(socket, Outbound(event: command, in: socket.namespace)), socket)
    case .ack: deliver(.send(socket, Outbound(ack: command, in: socket.namespace)), socket)
    case .join:
      deliver(.join(socket, topic: Topic.room(command.text, in: socket.namespace)), socket)
    case .leave:
      deliver(.leave(socket, topic: Topic.room(command.text, in: socket.namespace)), socket)
    case .subscribe where command.flag: follow(socket, command)
    case .subscribe:
      let name = command.text
      deliver(.leave(socket, topic: Topic.positions(name, in: socket.namespace)), socket)
      deliver(.join(socket, topic: Topic.channel(name, in: socket.namespace)), socket)
      attend(name, by: socket)
    case .unsubscribe:
      let name = command.text
      deliver(.leave(socket, topic: Topic.channel(name, in: socket.namespace)), socket)
      deliver(.leave(socket, topic: Topic.positions(name, in: socket.namespace)), socket)
      forsake(name, by: socket)
    case .track, .untrack, .watch, .unwatch: changePresence(socket, command)
    case .disconnect: end(socket, closingConnection: command.flag)
    case .accept: accept(socket)
    case .refuse: refuse(socket, command)
    default: deliver(.close(socket, .parseError), socket)
    }
  }

  /// Has a delivery made, or kept until the client is let in and what it waits for has come.
  func deliver(_ delivery: Delivery, _ socket: Socket) {
    if socket.seat.isOpen || (socket.seat.isAccepted && !delivery.isPacket) {
      if shared != nil { return deliverByLog(delivery, socket) }
      deliveries.append(noted(delivery), to: socket.session.context)
    } else {
      hold(delivery, for: socket)
    }
  }

  /// Deliveries that wait for a client to be let in, or for what it has subscribed to.
  private static let mostHeld = 10_000

  private func hold(_ delivery: Delivery, for socket: Socket) {
    guard socket.seat.held.count < Self.mostHeld else {
      socket.seat.held = []
      return deliveries.append(.close(socket, .slowConsumer), to: socket.session.context)
    }
    socket.seat.held.append(delivery)
  }

  /// Has a delivery made on every loop, in its turn.
  func deliverToAll(_ delivery: Delivery) {
    if shared == nil { deliveries.appendToAll(delivery) } else { performInTurn(.all(delivery)) }
  }

  private func accept(_ socket: Socket) {
    if shared != nil && socket.session.isRecoverable { return acceptByLog(socket) }
    guard let acceptance = acceptance(of: socket) else {
      return deliveries.append(.close(socket, .transportClose), to: socket.session.context)
    }
    letIn(socket, acceptance)
  }

  /// Lets a client in, and sends it what the script did for it before.
  func letIn(_ socket: Socket, _ acceptance: Acceptance) {
    socket.seat.isAccepted = true
    let held = socket.seat.held
    socket.seat.held = []
    deliveries.append(.accept(socket, acceptance), to: socket.session.context)
    for delivery in held { deliver(delivery, socket) }
    beginPresence(of: socket)
  }

  private func refuse(_ socket: Socket, _ command: LuaCommand) {
    let refusal = Outbound(refusal: command, in: socket.namespace)
    deliveries.append(.refuse(socket, refusal), to: socket.session.context)
    leaveSeat(socket)
  }

  private func end(_ socket: Socket, closingConnection: Bool) {
    deliver(
      closingConnection ? .close(socket, .forcedServerClose) : .disconnect(socket), socket)
  }

  private func broadcast(_ command: LuaCommand) {
    let message = Broadcast(command, sender: seats[command.socket]?.seat.id ?? "")
    if shared != nil && message.packet.waits { return writeToLog(message) }
    broadcast(message)
    spread(message)
  }

  /// Sends a packet to this node's sockets.
  func broadcast(_ broadcast: Broadcast) {
    if shared != nil { return performInTurn(.broadcast(broadcast)) }
    send(broadcast) { packet, topics, excluded in
      numbered(packet, to: topics, except: excluded)
    }
  }

  /// Sends a packet to this node's sockets. A room that nobody has joined may be the id of a socket, as
  /// with the official server.
  /// - Parameter numbered: gives the packet its number; called with the topics whose members get it, and
  ///   those whose members do not.
  func send(
    _ broadcast: Broadcast,
    numbered: (_ packet: Outbound, _ topics: [String], _ excluded: [String]) -> Outbound
  ) {
    let namespace = broadcast.namespace
    let excluded = broadcast.spared.map { Topic.room($0, in: namespace) }
    let without = (broadcast.spared + [broadcast.sender]).compactMap { seats.occupant(id: $0) }
    var topics = broadcast.rooms.map { Topic.room($0, in: namespace) }
    if topics.isEmpty { topics = [Topic.everyone(in: namespace)] }
    let sockets = broadcast.rooms.compactMap { seats.occupant(id: $0) }.filter { socket in
      socket.namespace == namespace && !without.contains { $0 === socket }
    }
    let addresses = sockets.map { Topic.socket($0.seat.id, in: namespace) }
    let packet = numbered(
      broadcast.packet, topics + addresses,
      excluded + without.map { Topic.socket($0.seat.id, in: namespace) })
    // Who is in one of the rooms too gets it there, once; who is in an excluded one does not.
    for socket in sockets where socket.seat.isAccepted {
      deliveries.append(
        .sendUnless(socket, in: topics + excluded, packet), to: socket.session.context)
    }
    deliveries.appendToAll(
      .broadcast(topics: topics, excluded: excluded, without: without, packet))
  }

  private func report(_ command: LuaCommand) {
    let second = Int64(NIODeadline.now().uptimeNanoseconds / 1_000_000_000)
    guard case .write(let leftOut) = throttle.admit(at: second) else { return }
    if leftOut > 0 { journal.warn(app: worker.title, "\(leftOut) more failures were not logged") }
    journal.handlerFailed(source, worker.title, handler: command.text, command.failure)
  }

  private func sleep(_ token: UInt64, _ duration: Duration) {
    alarms.start(.wake(token), after: TimeAmount(duration), repeats: false, on: eventLoop) {
      [weak self, life] in self?.submit([.wake(token: token, life: life)])
    }
  }

  func wake(_ token: UInt64, _ life: Int) {
    guard life == self.life else { return }
    alarms.remove(.wake(token))
    lua?.wake(token)
  }

  private func startTimer(_ command: LuaCommand) {
    let timer = command.timer
    alarms.start(
      .timer(timer), after: TimeAmount(command.duration), repeats: command.flag, on: eventLoop
    ) { [weak self, life] in self?.submit([.fire(timer: timer, life: life)]) }
  }
}

extension LuaCommand {
  /// The room, channel, handler or message that the command names.
  var text: String { String(decoding: name, as: UTF8.self) }
}
