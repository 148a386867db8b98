// What an isolate does with an engine: publications go there and come back to be passed on, here as on every
// other node; broadcasts reach this node's clients at once and the others' through it. Each worker of an app
// is a node. Nothing here is used by an app that is alone and has no durable channel.

import LuaRuntime
import NIOCore
import PubSub
import RealtimeProtocol

/// What an engine answers or brings, for an isolate.
enum ClusterEvent: Sendable {
  case received([EngineEvent])
  /// A subscription is made; what is after the position comes.
  case subscribed(topic: String, serial: UInt64, at: Position?)
  /// A follow has waited for long enough for its channel to come.
  case overdue(follow: UInt64)
  /// The history of a follow was read.
  case recovered(follow: UInt64, Result<Recovery<EnginePublication>, PubSubError>)
  /// What a script published was not taken.
  case undelivered(PubSubError)
  /// From the recovery log.
  case log(LogEvent)
  /// Another node serves the app from now on, or no more.
  case nodeUp(UInt64)
  case nodeDown(UInt64)
  /// A node asks, this one or another.
  case asked(NodeRequest)
  /// Some clients are to be told in answer to a question, and the others.
  case describe(ArraySlice<UInt64>, question: UInt64)
  case answered(NodeAnswer)
  /// The engine has not taken a question, or an answer.
  case unasked(UInt64, PubSubError)
  case unanswered(NodeAnswer, asker: UInt64, PubSubError)
  /// The time of a question is over.
  case questionsAreDue
  /// A handler has the answers that it waits for; who gave none is JSON text.
  case settled(UInt64, life: Int, silent: String)
}

/// The isolate's side of a socket whose channels come from an engine.
final class ClusterSeat {
  /// The topics that the socket is subscribed to.
  var topics: Set<String> = []
  /// How many subscriptions its packets wait for.
  var waits = 0
}

extension AppIsolate {
  func perform(_ event: ClusterEvent) {
    switch event {
    case .received(let events): for event in events { receive(event) }
    case .subscribed(let topic, let serial, let position):
      let (released, follows) = feeds.begin(topic, serial: serial, at: position)
      for handle in released { release(handle) }
      for number in follows { recover(number) }
    case .overdue(let number):
      guard let follow = feeds[follow: number], !feeds.isLive(follow.topic) else { return }
      refuse(number, PubSubError(.overdue, "the engine is away"))
    case .recovered(let number, .success(let recovery)):
      letIn(feeds.recovered(number, recovery))
    case .recovered(let number, .failure(let error)): refuse(number, error)
    case .undelivered(let error): warnUndelivered(error)
    case .log(let event): perform(event)
    case .nodeUp(let node): nodeUp(node)
    case .nodeDown(let node): nodeDown(node)
    case .asked(let request): answer(request)
    case .describe(let clients, let number): describe(clients, number)
    case .answered(let answer): receive(answer)
    case .unasked(let id, let error): unasked(id, error)
    case .unanswered(let answer, let asker, let error): unanswered(answer, asker: asker, error)
    case .questionsAreDue: expireQuestions()
    case .settled(let token, let life, let silent):
      if life == self.life { lua?.settled(token: token, silent: silent) }
    }
  }

  private func receive(_ event: EngineEvent) {
    switch event {
    case .publication(let publication) where publication.channel == link?.log:
      readLog(publication)
    case .gap(let channel) where channel == link?.log: loseLog()
    case .publication(let publication): receive(publication)
    case .gap(let channel):
      guard let (name, namespace) = ClusterLink.channel(of: channel) else { return }
      letIn(feeds.lost(Topic.channel(name, in: namespace)))
    case .health(.up):
      engineIsBack()
      renewPresence()
    case .health(.down): for handle in feeds.releaseAll() { release(handle) }
    case .health: break
    }
  }

  private func receive(_ publication: EnginePublication) {
    switch ClusterMessage(publication.message) {
    case .publication(let message):
      guard let position = publication.position, script(for: message.namespace) != nil else {
        return
      }
      let topic = Topic.channel(message.channel, in: message.namespace)
      pass(Publication(message, at: position), to: topic, in: message.namespace)
      letIn(feeds.passed(publication, topic))
    case .broadcast(let message):
      guard message.node != link?.node, script(for: message.namespace) != nil else { return }
      broadcast(Broadcast(message))
    case .presence(let message): hear(message)
    case .change(let message): change(message)
    // Scripts run in answer to it, and an event runs one at a time.
    case .request(let request): if request.node != node.id { submit([.cluster(.asked(request))]) }
    case .answer(let answer): receive(answer)
    case nil:
      journal.warn(
        app: worker.title, "a message of another program on \(publication.channel) is ignored")
    }
  }

  // MARK: Publishing

  /// Has a publication taken to all nodes, this one among them.
  func publish(
    through link: ClusterLink, _ publication: ClusterPublication,
    done: @escaping @Sendable (Result<Position?, PubSubError>) -> Void
  ) {
    let topic = Topic.channel(publication.channel, in: publication.namespace)
    var limits = history.limits(of: topic)
    // One is kept of every channel, for the sake of its position.
    limits.messages = max(1, limits.messages)
    link.publish(publication, keeping: limits, done: done)
  }

  func warnUndelivered(_ error: PubSubError) {
    warn("a publication was not delivered: \(error)")
  }

  /// Writes a line for the log, unless there are too many.
  func warn(_ text: String) {
    let second = Int64(NIODeadline.now().uptimeNanoseconds / 1_000_000_000)
    guard case .write(let leftOut) = throttle.admit(at: second) else { return }
    let others = leftOut > 0 ? " (and \(leftOut) lines were left out)" : ""
    journal.warn(app: worker.title, text + others)
  }

  /// Tells the other nodes of a broadcast.
  func spread(_ broadcast: Broadcast) {
    guard let link else { return }
    link.send(.broadcast(broadcast.message(from: link.node))) { [weak self] result in
      if case .failure(let error) = result { self?.submit([.cluster(.undelivered(error))]) }
    }
  }

  // MARK: Subscribing

  /// Has the channel's engine bring it, unless a recovery log brings all channels by itself.
  func attend(_ channel: String, in namespace: String, by subscriber: ChannelFeeds.Subscriber) {
    let topic = Topic.channel(channel, in: namespace)
    guard shared == nil, let link = carrier(of: channel, in: namespace),
      let serial = feeds.join(subscriber, topic)
    else { return }
    let name = link.name(of: channel, in: namespace)
    engineChannels[topic] = EngineChannel(name: name, link: link)
    link.engine.subscribe(to: .exactly(name)) { [weak self] result in
      guard case .success(let position) = result else { return }
      self?.submit([.cluster(.subscribed(topic: topic, serial: serial, at: position))])
    }
  }

  /// Nobody more than the others wants the channel of `topic`.
  func forsake(_ topic: String, by subscriber: ChannelFeeds.Subscriber) {
    guard feeds.leave(subscriber, topic), let known = engineChannels.removeValue(forKey: topic)
    else { return }
    known.link.engine.unsubscribe(from: .exactly(known.name))
  }

  /// A socket subscribes: what it is sent from now on waits until the channel comes.
  func attend(_ channel: String, by socket: Socket) {
    guard shared == nil, let link = carrier(of: channel, in: socket.namespace) else { return }
    let topic = Topic.channel(channel, in: socket.namespace)
    let seat = socket.seat.cluster ?? ClusterSeat()
    socket.seat.cluster = seat
    seat.topics.insert(topic)
    attend(channel, in: socket.namespace, by: .socket(socket.seat.handle))
    guard !feeds.isLive(topic), link.engine.health.isHopeful else { return }
    seat.waits += 1
    feeds.hold(socket.seat.handle, for: topic)
  }

  func forsake(_ channel: String, by socket: Socket) {
    let topic = Topic.channel(channel, in: socket.namespace)
    guard let seat = socket.seat.cluster, seat.topics.remove(topic) != nil else { return }
    let handle = socket.seat.handle
    let waits = feeds.waits(of: handle, for: topic)
    forsake(topic, by: .socket(handle))
    for _ in 0..<waits { release(handle) }
  }

  /// The socket's seat is left.
  func forsakeAll(_ socket: Socket) {
    for topic in socket.seat.cluster?.topics ?? [] {
      forsake(topic, by: .socket(socket.seat.handle))
    }
  }

  /// A new state knows nobody who wants anything.
  func forsakeEverything() {
    for known in engineChannels.values {
      known.link.engine.unsubscribe(from: .exactly(known.name))
    }
    engineChannels = [:]
    feeds.forgetAll()
  }

  /// One of the subscriptions that a socket's packets wait for is made.
  private func release(_ handle: UInt64) {
    guard let socket = seats[handle], let seat = socket.seat.cluster, seat.waits > 0 else { return }
    seat.waits -= 1
    guard seat.waits == 0, socket.seat.isAccepted else { return }
    let held = socket.seat.held
    socket.seat.held = []
    for delivery in held { deliver(delivery, socket) }
  }

  // MARK: Subscribing with a position

  /// Reads a channel's history for a client and lets it in behind that.
  func follow(_ socket: Socket, _ channel: String, _ command: LuaCommand, since: Position?) {
    attend(channel, by: socket)
    let seat = socket.seat.cluster ?? ClusterSeat()
    seat.waits += 1
    let topic = Topic.channel(channel, in: socket.namespace)
    let number = feeds.follow(
      ChannelFeeds.Follow(
        socket: socket.seat.handle, topic: topic, channel: channel,
        name: String(decoding: command.body, as: UTF8.self),
        ack: command.ackID >= 0 ? Int(command.ackID) : nil, since: since))
    if feeds.isLive(topic) { return recover(number) }
    eventLoop.scheduleTask(in: EngineLimits().patience) { [weak self] in
      self?.submit([.cluster(.overdue(follow: number))])
    }
  }

  private func recover(_ number: UInt64) {
    guard let follow = feeds[follow: number], let known = engineChannels[follow.topic] else {
      return
    }
    known.link.engine.recover(
      known.name, since: follow.since, keeping: history.limits(of: follow.topic)
    ) { [weak self] result in
      self?.submit([.cluster(.recovered(follow: number, result))])
    }
  }

  private func letIn(_ entries: [(ChannelFeeds.Follow, Recovery<EnginePublication>)]) {
    for (follow, recovery) in entries {
      guard let socket = seats[follow.socket] else { continue }
      let missed = recovery.missed.compactMap(Publication.init)
      let subscription = Subscription(
        name: follow.name, channel: follow.channel, ack: follow.ack,
        position: recovery.isRecovered ? follow.since ?? recovery.top : recovery.top,
        isRecovered: recovery.isRecovered, missed: packets(missed, for: socket))
      subscribe(socket, to: follow.channel, subscription)
      release(follow.socket)
    }
  }

  private func refuse(_ number: UInt64, _ error: PubSubError) {
    guard let follow = feeds.drop(number), let socket = seats[follow.socket] else { return }
    journal.warn(app: worker.title, "the history of \(follow.channel) cannot be read: \(error)")
    let refusal = Outbound.error(
      "channel_not_available", "The channel cannot be reached now", in: socket.namespace,
      answers: follow.ack)
    release(follow.socket)
    deliver(.send(socket, refusal), socket)
  }
}

extension EngineHealth {
  /// Whether an answer is to be expected soon.
  fileprivate var isHopeful: Bool { self == .up || self == .connecting }
}

extension Publication {
  convenience init(_ publication: ClusterPublication, at position: Position) {
    self.init(
      channel: publication.channel, position: position, message: publication.message,
      attachments: publication.attachments.map(EncodedMessage.init(binary:)))
  }

  /// nil when another program published it.
  fileprivate convenience init?(_ publication: EnginePublication) {
    guard case .publication(let message)? = ClusterMessage(publication.message),
      let position = publication.position
    else { return nil }
    self.init(message, at: position)
  }
}
