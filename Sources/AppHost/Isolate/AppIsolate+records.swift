// What the records of the recovery log do on this node: packets reach the clients that are here and are kept
// for those that are not, and what is known of clients changes. Each is done once, at its place in the log;
// one that found no place there is done all the same, and what it sends is like a volatile event.

import NIOCore
import PubSub
import RealtimeProtocol

/// How a record is done.
struct RecordContext {
  let author: UInt64
  /// Whether it is in the log.
  let isKept: Bool
  /// Whether it concerns those who are here, or is of the past.
  let isLive: Bool
}

extension AppIsolate {
  func perform(
    _ record: RecoveryRecord, _ context: RecordContext,
    for purpose: SharedRecovery.Own.Purpose = .none
  ) {
    guard let place = shared?.position else { return }
    switch record {
    case .direct(let event): send(event, context)
    case .broadcast(let message): send(message, context)
    case .publication(let message): publish(message, at: place, context)
    case .told(let sessions, let isNew):
      for session in sessions {
        shared?.sessions.tell(
          session, by: context.author, isNew: isNew, at: place.offset, now: .now())
        if shared?.sessions[session.pid]?.owner != shared?.author { release(session.pid) }
      }
      if case .opens(let socket) = purpose { opened(socket) }
    case .moved(let move):
      let first = shared?.log.first ?? 0
      shared?.sessions.move(move, by: context.author, at: place.offset, first: first)
      if case .tells = purpose {
        shared?.endedTelling(move)
      } else if context.isLive {
        moveHere(move, by: context.author, purpose)
        if move.since != 0, context.author != shared?.author { followChange(move) }
      }
    case .changed(let change):
      if context.isLive, context.author != shared?.author { self.change(change, at: place.offset) }
    case .claimed(let pid, let namespace): claimed(pid, in: namespace, context, purpose)
    case .gone(let pid): shared?.sessions.forget(pid, by: context.author)
    case .mark:
      if case .follows(let socket, let request) = purpose { follow(socket, request) }
    }
  }

  // MARK: Own records and what waits for them

  func performAll(_ steps: [OwnRecords<SharedRecovery.Own, SharedRecovery.Act>.Step]) {
    for step in steps {
      switch step {
      case .kept(let own):
        let context = RecordContext(author: shared?.author ?? 0, isKept: true, isLive: true)
        perform(own.record, context, for: own.purpose)
      case .lost(let own): performUnkept(own)
      case .act(let act): perform(act)
      }
    }
  }

  /// Does what is in no log.
  func performUnkept(_ own: SharedRecovery.Own) {
    let context = RecordContext(author: shared?.author ?? 0, isKept: false, isLive: true)
    perform(own.record, context, for: own.purpose)
  }

  /// Does something behind all that this node has written.
  func performInTurn(_ act: SharedRecovery.Act) {
    guard shared?.own.isEmpty == false else { return perform(act) }
    guard let overdue = shared?.own.wait(act), !overdue.isEmpty else { return }
    warn("too many acks and volatile events wait for the engine; they go out before what is kept")
    for act in overdue { perform(act) }
  }

  private func perform(_ act: SharedRecovery.Act) {
    switch act {
    case .one(let socket, let delivery):
      deliveries.append(repeatingNumber(delivery), to: socket.session.context)
    case .all(let delivery): deliveries.appendToAll(repeatingNumber(delivery))
    case .broadcast(let message):
      send(message) { packet, _, _ in repeatingNumber(packet) }
    case .follow(let socket, let request): follow(socket, request)
    }
  }

  /// What is not kept repeats the last number, so that its own last argument is not taken for one.
  private func repeatingNumber(_ packet: Outbound) -> Outbound {
    guard packet.takesOffset, packet.offset == nil, let number = shared?.unkeptNumber else {
      return packet
    }
    return packet.numbered(number)
  }

  private func repeatingNumber(_ delivery: Delivery) -> Delivery {
    switch delivery {
    case .send(let socket, let packet): .send(socket, repeatingNumber(packet))
    case .publish(let topic, let positions, let packet):
      .publish(topic: topic, positions: positions, repeatingNumber(packet))
    case .broadcast(let topics, let excluded, let without, let packet):
      .broadcast(
        topics: topics, excluded: excluded, without: without, repeatingNumber(packet))
    default: delivery
    }
  }

  // MARK: Packets

  private func send(_ event: DirectEvent, _ context: RecordContext) {
    let address = [Topic.socket(event.id, in: event.namespace)]
    let packet = kept(Outbound(event), to: address, context)
    guard context.isLive, let socket = seats.occupant(id: event.id), socket.seat.isAccepted,
      socket.namespace == event.namespace
    else { return }
    deliveries.append(.send(socket, packet), to: socket.session.context)
  }

  private func send(_ message: ClusterBroadcast, _ context: RecordContext) {
    let broadcast = Broadcast(message)
    let packet = kept(broadcast.packet, to: message.topics, except: message.excluded, context)
    guard context.isLive, script(for: message.namespace) != nil else { return }
    send(broadcast) { _, _, _ in packet }
  }

  /// What is in no log has no position: the publisher was told so.
  private func publish(
    _ message: ClusterPublication, at place: Position, _ context: RecordContext
  ) {
    guard context.isKept else { return }
    let publication = Publication(message, at: place)
    let topic = Topic.channel(message.channel, in: message.namespace)
    let positions = Topic.positions(message.channel, in: message.namespace)
    let size = Publication.size(
      message: publication.message, attachments: publication.attachments)
    history.append(publication, to: topic, at: place, bytes: size, now: .now())
    let packet = kept(
      Outbound(publication, in: message.namespace), to: [topic, positions],
      withoutPosition: topic, context)
    guard context.isLive, script(for: message.namespace) != nil else { return }
    deliveries.appendToAll(.publish(topic: topic, positions: positions, packet))
    tellListeners(of: topic, publication)
  }

  /// The packet with its number; it is kept for clients that come back.
  private func kept(
    _ packet: Outbound, to topics: [String], except excluded: [String] = [],
    withoutPosition: String? = nil, _ context: RecordContext
  ) -> Outbound {
    guard let place = shared?.position, let unkept = shared?.unkeptNumber else { return packet }
    guard context.isKept else { return packet.numbered(unkept) }
    let packet = packet.numbered(place)
    let sent = SentPacket(
      packet: packet, topics: topics, excluded: excluded, withoutPosition: withoutPosition)
    let size = packet.attachments.reduce(packet.text.frame.readableBytes) {
      $0 + $1.frame.readableBytes
    }
    shared?.log.append(sent, at: place.offset, bytes: size, now: .now())
    return packet
  }

  /// Tells all nodes of an event for many.
  func writeToLog(_ broadcast: Broadcast) {
    write(.broadcast(broadcast.message(from: link?.node ?? 0)))
  }

  // MARK: Where clients belong

  /// Has a delivery made when its turn comes.
  func deliverByLog(_ delivery: Delivery, _ socket: Socket) {
    // A client that has nothing in the log moves in its turn, like all that it does itself.
    if let number = shared?.changeNumber, delivery.isMove,
      socket.seat.pid != nil || shared?.own.isEmpty == true
    {
      return changeAtOnce(delivery, socket, at: number)
    }
    if !noteByLog(delivery, socket) { performInTurn(.one(socket, delivery)) }
  }

  /// Writes what a delivery means for a client that may come back.
  /// - Returns: whether the record stands for the delivery.
  @discardableResult
  func noteByLog(_ delivery: Delivery, _ socket: Socket) -> Bool {
    guard let pid = socket.seat.pid else { return false }
    switch delivery {
    case .send(_, let packet) where packet.takesOffset && packet.waits && packet.offset == nil:
      write(
        .direct(
          DirectEvent(
            id: socket.seat.id, namespace: socket.namespace, event: packet.json,
            attachments: packet.attachments.map(\.packet))))
    case .join(_, let topic): write(.moved(SessionMove(pid: pid, joins: [topic])))
    case .leave(_, let topic):
      if isOutside(topic, pid) { return true }
      write(.moved(SessionMove(pid: pid, leaves: [topic])))
    case .follow(_, let topic, let positions, _):
      write(.moved(SessionMove(pid: pid, joins: [positions], leaves: [topic])))
      return false
    default: return false
    }
    return true
  }

  /// Whether it is certain that the client is not in a topic.
  private func isOutside(_ topic: String, _ pid: String) -> Bool {
    guard let shared, shared.own.isEmpty, let session = shared.sessions[pid] else { return false }
    return !session.membership.topics.contains(topic)
  }

  /// A client of this node's joins and leaves topics.
  private func moveHere(
    _ move: SessionMove, by author: UInt64, _ purpose: SharedRecovery.Own.Purpose
  ) {
    guard author == shared?.author, let handle = shared?.handles[move.pid],
      let socket = seats[handle], socket.seat.isAccepted
    else { return }
    if case .follows(_, let request) = purpose { return follow(socket, request) }
    let context = socket.session.context
    for topic in move.leaves where shared?.isOver(topic, of: move.pid) != true {
      deliveries.append(.leave(socket, topic: topic), to: context)
    }
    for topic in move.joins where shared?.isOver(topic, of: move.pid) != true {
      deliveries.append(.join(socket, topic: topic), to: context)
    }
  }

  // MARK: Subscribing with positions

  /// Subscribes a client that wants positions, when its turn comes.
  func followByLog(_ socket: Socket, _ request: FollowRequest) {
    guard let pid = socket.seat.pid else {
      // The client may have heard of more than this node has read.
      return shared?.hasRead(request.since) == true
        ? performInTurn(.follow(socket, request)) : write(.mark, .follows(socket, request))
    }
    let move = SessionMove(
      pid: pid, joins: [Topic.positions(request.channel, in: socket.namespace)],
      leaves: [Topic.channel(request.channel, in: socket.namespace)],
      catchUp: request.since == nil ? .none : .begins)
    write(.moved(move), .follows(socket, request))
  }

  /// Lets a client into the stream of a channel, which stands where the log does.
  private func follow(_ socket: Socket, _ request: FollowRequest) {
    guard let place = shared?.position, let isAway = shared?.isAway, socket.seat.isAccepted
    else { return }
    let topic = Topic.channel(request.channel, in: socket.namespace)
    let recovery = history.recover(topic, since: request.since, at: place, now: .now())
    let missed = recovery.missed.enumerated().map { index, publication in
      let packet = Outbound(publication, in: socket.namespace)
      // The client has all that it missed when it has the number of its subscription.
      let isLast = index == recovery.missed.count - 1
      let number = isAway ? .max : place.offset - (isLast ? 0 : 1)
      return packet.numbered(Position(epoch: place.epoch, offset: number))
        .positioned(publication)
    }
    let subscription = Subscription(
      name: request.name, channel: request.channel, ack: request.ack,
      position: recovery.isRecovered ? request.since ?? recovery.top : recovery.top,
      isRecovered: recovery.isRecovered, missed: missed)
    let positions = Topic.positions(request.channel, in: socket.namespace)
    deliveries.append(
      .follow(socket, topic: topic, positions: positions, subscription),
      to: socket.session.context)
    if let pid = socket.seat.pid, request.since != nil, missed.isEmpty {
      write(.moved(SessionMove(pid: pid, catchUp: .ended(place.offset))))
    }
  }
}
