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
    for command in outbox { perform(command) }
    lua.clearOutbox()
  }

  private func perform(_ command: LuaCommand) {
    switch command.kind {
    case .emit, .ack, .join, .leave, .subscribe, .unsubscribe, .disconnect, .accept, .refuse,
      .violation:
      guard let socket = seats[command.socket] else { return }
      perform(command, for: socket)
    case .broadcast: broadcast(command)
    case .publish: publish(command)
    case .sleep: sleep(command.token, command.duration)
    case .awaitAck:
      alarms.expectAck(socket: command.socket, id: command.ackID, token: command.token)
      sleep(command.token, command.duration)
    case .timerStart: startTimer(command)
    case .timerCancel: alarms.cancel(.timer(command.timer))
    case .log:
      journal.log(
        app: name, level: command.level, message: String(decoding: command.body, as: UTF8.self))
    case .failure: report(command)
    case .none, .respond, .stream, .streamEnd, .listen, .unlisten, .history: return
    }
  }

  private func perform(_ command: LuaCommand, for socket: Socket) {
    switch command.kind {
    case .emit:
      deliver(.send(socket, Outbound(event: command, in: socket.namespace)), about: socket)
    case .ack:
      deliver(.send(socket, Outbound(ack: command, in: socket.namespace)), about: socket)
    case .join:
      deliver(.join(socket, topic: Topic.room(command.text, in: socket.namespace)), about: socket)
    case .leave:
      deliver(.leave(socket, topic: Topic.room(command.text, in: socket.namespace)), about: socket)
    case .subscribe:
      deliver(
        .join(socket, topic: Topic.channel(command.text, in: socket.namespace)), about: socket)
    case .unsubscribe:
      deliver(
        .leave(socket, topic: Topic.channel(command.text, in: socket.namespace)), about: socket)
    case .disconnect: end(socket, closingConnection: command.flag)
    case .accept: accept(socket)
    case .refuse: refuse(socket, command)
    default: deliver(.close(socket, .parseError), about: socket)
    }
  }

  private func deliver(_ delivery: Delivery, about socket: Socket) {
    if socket.seat.isAccepted {
      deliveries.append(delivery, to: socket.session.context)
    } else {
      socket.seat.held.append(delivery)
    }
  }

  private func accept(_ socket: Socket) {
    socket.seat.isAccepted = true
    let held = socket.seat.held
    socket.seat.held = []
    deliveries.append(.accept(socket), to: socket.session.context)
    for delivery in held { deliveries.append(delivery, to: socket.session.context) }
  }

  private func refuse(_ socket: Socket, _ command: LuaCommand) {
    let refusal = Outbound(refusal: command, in: socket.namespace)
    deliveries.append(.refuse(socket, refusal), to: socket.session.context)
    seats.remove(socket.seat.handle)
    socket.seat = IsolateSeat()
  }

  private func end(_ socket: Socket, closingConnection: Bool) {
    deliver(
      closingConnection ? .close(socket, .forcedServerClose) : .disconnect(socket), about: socket)
  }

  /// A room that nobody has joined may be the id of a socket, as with the official server.
  private func broadcast(_ command: LuaCommand) {
    let namespace = command.namespace
    let outbound = Outbound(event: command, in: namespace)
    let sender = seats[command.socket]
    let rooms = command.rooms.map { String(decoding: $0, as: UTF8.self) }
    let excluded = command.exceptRooms.map { String(decoding: $0, as: UTF8.self) }
    if rooms.isEmpty && excluded.isEmpty {
      let everyone = [Topic.everyone(in: namespace)]
      deliveries.appendToAll(
        .publish(topics: everyone, excluded: [], sender: sender, outbound))
      return
    }
    for room in rooms {
      guard let socket = seats.occupant(id: room), socket !== sender else { continue }
      deliver(.send(socket, outbound), about: socket)
    }
    let topics =
      rooms.isEmpty
      ? [Topic.everyone(in: namespace)] : rooms.map { Topic.room($0, in: namespace) }
    deliveries.appendToAll(
      .publish(
        topics: topics, excluded: excluded.map { Topic.room($0, in: namespace) }, sender: sender,
        outbound))
  }

  private func publish(_ command: LuaCommand) {
    let namespace = command.namespace
    deliveries.appendToAll(
      .publish(
        topics: [Topic.channel(command.text, in: namespace)], excluded: [], sender: nil,
        Outbound(event: command, in: namespace)))
  }

  private func report(_ command: LuaCommand) {
    let second = Int64(NIODeadline.now().uptimeNanoseconds / 1_000_000_000)
    guard case .write(let leftOut) = throttle.admit(at: second) else { return }
    if leftOut > 0 { journal.warn(app: name, "\(leftOut) more failures were not logged") }
    journal.handlerFailed(source, handler: command.text, command.failure)
  }

  private func sleep(_ token: UInt64, _ duration: Duration) {
    alarms.start(.wake(token), after: TimeAmount(duration), repeats: false, on: eventLoop) {
      [weak self] in self?.submit([.wake(token: token)])
    }
  }

  private func startTimer(_ command: LuaCommand) {
    let timer = command.timer
    alarms.start(
      .timer(timer), after: TimeAmount(command.duration), repeats: command.flag, on: eventLoop
    ) { [weak self] in self?.submit([.fire(timer: timer)]) }
  }
}

extension LuaCommand {
  /// The room, channel, handler or message that the command names.
  var text: String { String(decoding: name, as: UTF8.self) }
}
