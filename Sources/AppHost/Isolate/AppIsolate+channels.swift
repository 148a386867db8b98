// Channels: publications get their positions here, one after the other, and subscriptions read the
// history at the same place. What a subscriber reads and what it gets live afterwards therefore fit
// without a gap and without a repetition.

import LuaRuntime
import NIOCore
import PubSub
import RealtimeProtocol

extension AppIsolate {
  /// Publishes a message: to subscribers on every loop, to scripts that listen, to the history; through
  /// the engine if there is one.
  ///
  /// - Parameter done: called with the position, or nil when the app does not run; on any thread.
  func publish(
    _ message: ByteBuffer, _ attachments: [EncodedMessage], on channel: String,
    in namespace: String, done: @escaping @Sendable (Result<Position?, PubSubError>) -> Void
  ) {
    guard script(for: namespace) != nil else { return done(.success(nil)) }
    if let link = carrier(of: channel, in: namespace) {
      let publication = ClusterPublication(
        namespace: namespace, channel: channel, message: message,
        attachments: attachments.map(\.packet))
      if shared != nil { return write(.publication(publication), done: done) }
      return publish(through: link, publication, done: done)
    }
    let topic = Topic.channel(channel, in: namespace)
    let publication = history.append(
      to: topic, bytes: Publication.size(message: message, attachments: attachments), now: .now()
    ) {
      Publication(channel: channel, position: $0, message: message, attachments: attachments)
    }
    pass(publication, to: topic, in: namespace)
    done(.success(publication.position))
  }

  /// Publishes what a script has published, and tells it what becomes of that, if it waits.
  func publish(_ command: LuaCommand) {
    let message = ByteBuffer(bytes: command.message)
    let attachments = Outbound.attachments(of: command)
    guard command.flag else {
      return publish(message, attachments, on: command.text, in: command.namespace) {
        [weak self] result in
        if case .failure(let error) = result { self?.submit([.cluster(.undelivered(error))]) }
      }
    }
    publish(message, attachments, on: command.text, in: command.namespace) {
      [weak self, token = command.token, life] result in
      self?.submit([.published(token: token, life: life, LuaPublication(result))])
    }
  }

  /// Passes a publication on to this node's subscribers.
  ///
  /// - Parameter topic: of its channel.
  func pass(_ publication: Publication, to topic: String, in namespace: String) {
    let positions = positionsTopic(of: publication.channel, in: namespace)
    let packet = numbered(
      Outbound(publication, in: namespace), to: positions.map { [topic, $0] } ?? [topic],
      withoutPosition: topic)
    deliverToAll(.publish(topic: topic, positions: positions, packet))
    tellListeners(of: topic, publication)
  }

  /// The topic of those who follow a channel with positions; nil when nobody follows any so.
  private func positionsTopic(of channel: String, in namespace: String) -> String? {
    if recovery == nil && shared == nil && !hasFollowers { return nil }
    return Topic.positions(channel, in: namespace)
  }

  func tellListeners(of topic: String, _ publication: Publication) {
    guard let waiting = listeners[topic] else { return }
    submit(waiting.sorted().map { .heard(publication, listener: $0, life: life) })
  }

  /// Subscribes a client that wants positions: tells it where the channel stands and what it missed.
  func follow(_ socket: Socket, _ command: LuaCommand) {
    let channel = command.text
    let asked = String(decoding: command.message, as: UTF8.self)
    // A position that makes no sense is like one that is not reached any more.
    let since = asked.isEmpty ? nil : Position(asked) ?? Position(epoch: "", offset: 0)
    if shared != nil, !channel.hasPrefix(Topic.modelPrefix) {
      return followByLog(
        socket,
        FollowRequest(
          channel: channel, name: String(decoding: command.body, as: UTF8.self),
          ack: command.ackID >= 0 ? Int(command.ackID) : nil, since: since))
    }
    if carrier(of: channel, in: socket.namespace) != nil {
      return follow(socket, channel, command, since: since)
    }
    let topic = Topic.channel(channel, in: socket.namespace)
    let recovery = history.recover(topic, since: since, now: .now())
    let subscription = Subscription(
      name: String(decoding: command.body, as: UTF8.self), channel: channel,
      ack: command.ackID >= 0 ? Int(command.ackID) : nil,
      position: recovery.isRecovered ? since ?? recovery.top : recovery.top,
      isRecovered: recovery.isRecovered, missed: packets(recovery.missed, for: socket),
      snapshot: since != nil && recovery.isRecovered ? nil : command.snapshot)
    subscribe(socket, to: channel, subscription)
  }

  /// The packets by which a client gets publications that it has missed.
  func packets(_ missed: [Publication], for socket: Socket) -> [Outbound] {
    missed.map { publication in
      let packet = Outbound(publication, in: socket.namespace)
      let address = [Topic.socket(socket.seat.id, in: socket.namespace)]
      return numbered(packet, to: address).positioned(publication)
    }
  }

  /// Lets a client into the stream of a channel.
  func subscribe(_ socket: Socket, to channel: String, _ subscription: Subscription) {
    hasFollowers = true
    deliver(
      .follow(
        socket, topic: Topic.channel(channel, in: socket.namespace),
        positions: Topic.positions(channel, in: socket.namespace), subscription),
      socket)
  }

  /// Where a channel stands. It has a position from then on, which a subscriber may come back with.
  func position(of channel: String, in namespace: String) -> Position {
    history.recover(Topic.channel(channel, in: namespace), since: nil, now: .now()).top
  }

  /// The models have lost what they had: positions in their channels lead nowhere.
  func forgetModels() { history.forget(where: Topic.isOfModel) }

  // MARK: Scripts that listen

  func listen(_ command: LuaCommand) {
    let topic = Topic.channel(command.text, in: command.namespace)
    listeners[topic, default: []].insert(command.listener)
    listenerTopics[command.listener] = topic
    if carrier(of: command.text, in: command.namespace) != nil {
      attend(command.text, in: command.namespace, by: .listener(command.listener))
    }
  }

  func unlisten(_ listener: UInt64) {
    guard let topic = listenerTopics.removeValue(forKey: listener) else { return }
    listeners[topic]?.remove(listener)
    if listeners[topic]?.isEmpty == true { listeners[topic] = nil }
    forsake(topic, by: .listener(listener))
  }

  func hear(_ publication: Publication, _ listener: UInt64) {
    guard let lua, listenerTopics[listener] != nil else { return }
    publication.message.withUnsafeReadableBytes { message in
      lua.deliver(
        listener: listener, message: message,
        attachments: publication.attachments.map { Array($0.packet.readableBytesView) })
    }
  }
}

extension LuaCommand {
  /// The value of the model whose channel is subscribed to; nil for another channel.
  fileprivate var snapshot: String? { rooms.first.map { String(decoding: $0, as: UTF8.self) } }
}

extension LuaPublication {
  fileprivate init(_ result: Result<Position?, PubSubError>) {
    self =
      switch result {
      case .success(let position?): .kept(position.description)
      case .success(nil): .failed(reason: "the namespace is not served")
      case .failure(let error): .failed(reason: error.message)
      }
  }
}
