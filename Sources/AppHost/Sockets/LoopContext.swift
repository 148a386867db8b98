// What one event loop knows: the topics of the sockets that live on it, and the events they have
// received in this loop turn and not yet handed to their apps.

import LuaRuntime
import NIOCore
import PubSub
import RealtimeProtocol

/// The part of the host that belongs to one event loop.
// @unchecked: everything mutable is touched on `eventLoop` only; others hand over by execute.
final class LoopContext: @unchecked Sendable {
  let eventLoop: any EventLoop
  /// The position in ``LoopContexts/all``.
  let index: Int

  private let topics = TopicTable<Socket>()
  /// Event streams, which are written to now and then to keep them alive.
  let heartbeat: StreamHeartbeat
  /// What the members of one topic are to be sent at the end of this turn.
  private var fanOut: FanOut?
  private var inboxes: [(isolate: AppIsolate, events: [IsolateEvent])] = []
  /// An empty inbox that has memory.
  private var spareInbox: [IsolateEvent] = []
  /// For so many an inbox keeps its memory.
  private static let usualEvents = 64
  private var isHandingOver = false
  /// Whether an app runs here, or what one wants is performed. Another one that gets something to do by
  /// that, because a packet did not reach its client for instance, does it in the loop's next turn: not
  /// in the middle of a fan-out, nor before what came earlier.
  private(set) var isPerforming = false

  init(eventLoop: any EventLoop, index: Int, heartbeat interval: TimeAmount) {
    self.eventLoop = eventLoop
    self.index = index
    heartbeat = StreamHeartbeat(eventLoop: eventLoop, interval: interval)
  }

  /// Keeps an event for `isolate` until ``handOver()``.
  func enqueue(_ event: IsolateEvent, for isolate: AppIsolate) {
    for position in inboxes.indices where inboxes[position].isolate === isolate {
      inboxes[position].events.append(event)
      return
    }
    var events: [IsolateEvent] = []
    swap(&events, &spareInbox)
    events.append(event)
    inboxes.append((isolate, events))
  }

  /// Submits what was enqueued, one batch an app. What is enqueued meanwhile follows.
  func handOver() {
    guard !isHandingOver else { return }
    isHandingOver = true
    defer { isHandingOver = false }
    while !inboxes.isEmpty {
      var batches: [(isolate: AppIsolate, events: [IsolateEvent])] = []
      swap(&batches, &inboxes)
      while var inbox = batches.popLast() {
        if inbox.isolate.isOverloaded { inbox.events = turnAway(inbox.events) }
        inbox.isolate.submit(&inbox.events, at: self)
        if inbox.events.isEmpty, inbox.events.capacity <= Self.usualEvents {
          swap(&inbox.events, &spareInbox)
        }
      }
      // For the next time, unless something has been enqueued meanwhile.
      if inboxes.isEmpty { swap(&batches, &inboxes) }
    }
  }

  /// Runs `body`, which runs an app or performs what one wants; nothing of that kind is under way.
  func performing(_ body: () -> Void) {
    isPerforming = true
    body()
    isPerforming = false
  }

  /// Tells the clients of an app that has too much to do; what it must know reaches it all the same.
  private func turnAway(_ events: [IsolateEvent]) -> [IsolateEvent] {
    events.filter { event in
      switch event {
      case .event(let socket, _, _, let ack): refuse(socket, ack)
      case .events(let socket, let run):
        run.withEvents { events in
          for event in events { refuse(socket, event.ack < 0 ? nil : Int(event.ack)) }
        }
      default: return true
      }
      return false
    }
  }

  private func refuse(_ socket: Socket, _ ack: Int?) {
    socket.send(
      Outbound.error("overloaded", "The app is too busy", in: socket.namespace, answers: ack))
  }

  /// Removes a closed socket from its topics.
  func forget(_ socket: Socket) { topics.leaveAll(socket) }

  // MARK: Deliveries

  /// Carries out what an isolate asked for. What is for all members of one topic waits for the end of
  /// the turn, or for the first delivery that it must come before.
  func perform(_ delivery: Delivery) {
    if !delivery.leavesFanOut { endFanOut() }
    switch delivery {
    case .send(let socket, let packet):
      fanOut?.catchUp(socket, in: topics)
      socket.send(packet)
    case .publish(let topic, let positions, let packet):
      gather(packet, for: topic, positions)
    case .broadcast(let names, _, let without, let packet) where delivery.leavesFanOut:
      gather(packet, for: names[0], without: without)
    case .sendUnless(let socket, let names, let packet):
      if !socket.memberships.topics.contains(where: names.contains) { socket.send(packet) }
    case .broadcast(let names, let excluded, let without, let packet):
      var forms = OutboundForms(packet)
      topics.forEachMember(ofAny: names, except: excluded) { socket in
        if !without.contains(where: { $0 === socket }) { socket.send(&forms) }
      }
    case .join(let socket, let topic):
      if socket.state == .connected { topics.join(socket, to: topic) }
    case .leave(let socket, let topic):
      topics.leave(socket, from: topic)
    case .follow(let socket, let topic, let positions, let subscription):
      guard socket.state == .connected else { return }
      topics.leave(socket, from: topic)
      topics.join(socket, to: positions)
      socket.session.subscribed(socket, subscription)
    case .accept(let socket, let acceptance):
      accept(socket, acceptance)
    case .refuse(let socket, let refusal):
      socket.session.refuse(socket, refusal)
    case .disconnect(let socket):
      socket.session.disconnect(socket)
    case .close(let socket, let reason):
      socket.session.close(reason)
    case .respond(let exchange, let response): exchange.respond(response)
    case .stream(let exchange, let bytes): exchange.write(bytes)
    case .endStream(let exchange, let isComplete): exchange.end(isComplete: isComplete)
    }
  }

  /// Sends packets that are made in place.
  /// - Returns: false if the wire cannot do that; nothing has been sent then.
  func send(_ packets: LuaPackets, to socket: Socket) -> Bool {
    fanOut?.catchUp(socket, in: topics)
    return socket.session.send(packets, to: socket)
  }

  private func gather(
    _ packet: Outbound, for topic: String, _ positions: String? = nil, without: [Socket] = []
  ) {
    if let fanOut, fanOut.isFull || !fanOut.isFor(topic, positions) { endFanOut() }
    if fanOut == nil {
      fanOut = FanOut(topic: topic, positions: positions)
      eventLoop.execute { self.performing { self.endFanOut() } }
    }
    let absent = without.filter { $0.session.context === self }
    fanOut?.append(packet, without: absent, among: topics)
  }

  private func endFanOut() {
    guard var ending = fanOut.take() else { return }
    ending.end(in: topics)
  }

  private func accept(_ socket: Socket, _ acceptance: Acceptance) {
    guard socket.session.accept(socket, acceptance) else { return }
    topics.join(socket, to: Topic.everyone(in: socket.namespace))
    for topic in acceptance.topics { topics.join(socket, to: topic) }
  }
}

extension Delivery {
  /// Whether it can be performed while what is for all members of a topic is gathered.
  fileprivate var leavesFanOut: Bool {
    switch self {
    case .send, .publish: true
    case .broadcast(let topics, let excluded, _, _): topics.count == 1 && excluded.isEmpty
    default: false
    }
  }
}

/// The contexts of all event loops that serve connections.
struct LoopContexts: Sendable {
  let all: [LoopContext]

  /// - Parameter heartbeat: how often event streams are kept alive.
  init(group: any EventLoopGroup, heartbeat: TimeAmount) {
    all = group.makeIterator().enumerated().map {
      LoopContext(eventLoop: $1, index: $0, heartbeat: heartbeat)
    }
  }

  /// The context of `eventLoop`; nil for a loop that serves no connections.
  func context(of eventLoop: any EventLoop) -> LoopContext? {
    all.first { $0.eventLoop === eventLoop }
  }
}
