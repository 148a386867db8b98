// What LinkedEngine does to NATS: a connection and what this node knows of the stream behind it. How
// histories are read is in NATSHistory.

import NIOCore
import PubSub

/// The driver of the engine `nats`.
public final class NATSDriver: EngineDriver {
  private let settings: NATSSettings
  private let subjects: NATSSubjects
  private let streams: NATSStreams
  private let wake: @Sendable () -> Void

  private var connection: NATSConnection?
  /// The epoch of the stream; nil where there is no JetStream.
  private var epoch: String?
  private var confirmations = NATSConfirmations()
  /// Found while something else had to be handed over first.
  private var failure: PubSubError?
  private var watermark = NATSWatermark()
  /// When it is looked for what waits for too long.
  private var nextLook = NIODeadline.uptimeNanoseconds(0)

  init(settings: NATSSettings, wake: @escaping @Sendable () -> Void) {
    self.settings = settings
    self.wake = wake
    subjects = NATSSubjects(prefix: settings.prefix)
    streams = NATSStreams(settings: settings)
  }

  public static var scheme: String { "nats" }

  public var interests: [EngineThread.Interest] { connection?.interest.map { [$0] } ?? [] }

  // MARK: The link

  public func connect() throws(PubSubError) {
    let connection = try NATSConnection(settings, wake: wake)
    self.connection = connection
    confirmations = NATSConfirmations()
    switch try streams.open(on: connection) {
    case .found(let stream):
      epoch = stream.epoch
    case .withoutJetStream:
      // A server that had JetStream will have it again: until then nothing is to be refused.
      guard epoch == nil else { throw PubSubError(.unreachable, "JetStream is not there any more") }
    }
  }

  public func disconnect() {
    connection?.close()
    connection = nil
    failure = nil
    watermark.linkLost()
  }

  private func linked() throws(PubSubError) -> NATSConnection {
    guard let connection else { throw PubSubError(.unreachable, "there is no link to NATS") }
    return connection
  }

  private static var withoutJetStream: PubSubError {
    PubSubError(
      .refused, "the NATS server keeps nothing: it runs without JetStream (nats-server -js)")
  }

  // MARK: Publishing

  public func publish(_ entries: [PublishQueue.Entry]) throws(PubSubError) {
    let connection = try linked()
    let largest = connection.largestPayload
    let now = NIODeadline.now()
    var last: (channel: String, name: NATSSubjects.Name)?
    for entry in entries {
      let name = last?.channel == entry.channel ? last?.name : nil
      let known = name ?? NATSSubjects.name(of: entry.channel)
      last = (entry.channel, known)
      try publish(entry, as: known, on: connection, largest: largest, now: now)
    }
    connection.write()
  }

  private func publish(
    _ entry: PublishQueue.Entry, as name: NATSSubjects.Name, on connection: NATSConnection,
    largest: Int, now: NIODeadline
  ) throws(PubSubError) {
    let size = entry.bytes.readableBytes + Self.headerSize + (name.header?.utf8.count ?? 0)
    guard size <= largest else {
      let error = PubSubError(
        .tooLarge, "the NATS server takes \(largest) bytes at once, headers included, not \(size)")
      return confirmations.addRefused(error, now: now)
    }
    var headers = name.header.map { [(name: NATSSubjects.nameHeader, value: $0)] } ?? []
    guard entry.limits != nil else {
      confirmations.addLive(now: now)
      return headers.isEmpty
        ? try connection.publish(entry.bytes, to: subjects.out(name))
        : try connection.publish(
          entry.bytes, to: subjects.out(name), headers: headers, confirmation: nil)
    }
    guard let epoch else { return confirmations.addRefused(Self.withoutJetStream, now: now) }
    headers.append(("Nats-Msg-Id", Self.identifier(of: entry.origin)))
    try connection.publish(
      entry.bytes, to: subjects.kept(name, epoch: epoch), headers: headers,
      confirmation: confirmations.addKept(now: now))
  }

  /// What headers take at most, without a long name.
  private static let headerSize = 128

  /// By this the server knows a publication that is sent again.
  private static func identifier(of origin: EngineOrigin) -> String {
    "\(String(origin.node, radix: 36))-\(String(origin.serial, radix: 36))"
  }

  // MARK: Subscribing

  public func subscribe(_ patterns: [ChannelPattern]) throws(PubSubError) {
    guard !patterns.isEmpty else { return }
    let connection = try linked()
    var made: [NATSSubscription?] = []
    for pattern in patterns {
      let channel = pattern.isWild ? nil : pattern.text
      made.append(
        try connection.subscribe(to: subjects.subscription(to: pattern), channel: channel))
      // No pattern finds a long name by its hash.
      if pattern.isWild {
        made.append(try connection.subscribe(to: subjects.longNames, channel: nil))
      }
    }
    // The answer comes after the server has taken notice of the subscriptions, wherever the stream is.
    let start = try describeStream(on: connection)?.last ?? 0
    for subscription in made { subscription?.order.begin(at: start) }
  }

  public func unsubscribe(_ patterns: [ChannelPattern]) throws(PubSubError) {
    let connection = try linked()
    for pattern in patterns {
      try connection.unsubscribe(from: subjects.subscription(to: pattern))
    }
    connection.write()
  }

  /// Where the stream stands; nil where there is no JetStream.
  private func describeStream(on connection: NATSConnection) throws(PubSubError) -> NATSStream? {
    guard case .found(let stream)? = try streams.describe(on: connection) else {
      if epoch == nil { return nil }
      throw Self.replaced
    }
    guard stream.epoch == epoch else { throw Self.replaced }
    return stream
  }

  private static var replaced: PubSubError {
    PubSubError(.unreachable, "the stream on the NATS server is not the one it was")
  }

  // MARK: History

  public func recover(
    _ requests: [EngineRecoveryRequest]
  ) throws(PubSubError) -> [Result<Recovery<EnginePublication>, PubSubError>] {
    let connection = try linked()
    guard let stream = try describeStream(on: connection) else {
      return requests.map { _ in .failure(Self.withoutJetStream) }
    }
    var history = NATSHistory(
      requests, of: stream, subjects: subjects, seen: watermark.position, connection: connection)
    try history.read()
    guard history.hasRead else { return history.results(first: stream.first) }
    // What was dropped while it was read may be missing.
    let first = try describeStream(on: connection)?.first ?? .max
    return history.results(first: first)
  }

  // MARK: Receiving

  public func receive() throws(PubSubError) -> [EngineDriverEvent] {
    if let failure { throw failure }
    let connection = try linked()
    try connection.exchange()
    if connection.isDrained { confirmations.written() }
    if connection.isUnanswered && epoch != nil { failure = Self.replaced }
    var events: [EngineDriverEvent] = []
    try takeConfirmations(of: connection)
    for answer in confirmations.take() { events.append(.confirmed(answer)) }
    if let oldest = confirmations.oldest, oldest + EngineDriverLimits.answer < .now() {
      throw PubSubError(.unreachable, "a publication was not confirmed within 5 s")
    }
    let now = NIODeadline.now()
    for (message, subscription) in try connection.takeDeliveries() {
      if failure == nil {
        for publication in read(message, subscription, now: now) {
          events.append(.publication(publication))
        }
      }
      message.destroy()
    }
    lookAfterOrder(of: connection, now: now)
    return events
  }

  private func lookAfterOrder(of connection: NATSConnection, now: NIODeadline) {
    guard now >= nextLook else { return }
    nextLook = now + .milliseconds(250)
    if connection.subscriptions.values.contains(where: { $0.order.isBroken(now: now) }) {
      failure = PubSubError(.unreachable, "publications were lost between NATS servers")
    } else if watermark.step(now: now), let epoch {
      let seen = watermark.seen(in: epoch)
      for subscription in connection.subscriptions.values {
        subscription.order.forget(upTo: seen)
      }
    }
  }

  private func takeConfirmations(of connection: NATSConnection) throws(PubSubError) {
    let epoch = epoch ?? ""
    for confirmation in connection.takeConfirmations() {
      switch confirmation.answer {
      case .stored(let sequence):
        confirmations.answer(
          confirmation.number, .success(Position(epoch: epoch, offset: sequence)))
      case .refused(let error): confirmations.answer(confirmation.number, .failure(error))
      }
    }
  }

  /// - Returns: what can be handed on now; nothing when no node published it, or when the link is to be
  ///   given up.
  private func read(
    _ message: NATSMessage, _ subscription: NATSSubscription, now: NIODeadline
  ) -> [EnginePublication] {
    guard let parts = subjects.parts(ofDelivered: message.subject),
      let channel = subscription.channel ?? channel(of: message, parts.name)
    else { return [] }
    if parts.kind.elementsEqual(NATSSubjects.live.utf8) {
      return EnginePublication(message.bytes, on: channel, at: nil).map { [$0] } ?? []
    }
    guard let epoch, parts.kind.elementsEqual(epoch.utf8) else {
      failure = Self.replaced
      return []
    }
    guard let sequence = message.number("Nats-Sequence"),
      let previous = message.number("Nats-Last-Sequence")
    else { return [] }
    let position = Position(epoch: epoch, offset: sequence)
    watermark.note(position)
    // What is not ours takes part in the order, too.
    let publication =
      EnginePublication(message.bytes, on: channel, at: position)
      ?? EnginePublication(
        channel: channel, position: nil, origin: Self.nobody, message: ByteBuffer())
    return subscription.order.admit(
      publication, sequence: sequence, after: previous, seen: watermark.seen(in: epoch), now: now
    ).filter { $0.origin != Self.nobody }
  }

  /// Stands for programs that are no nodes.
  private static let nobody = EngineOrigin(node: 0, serial: 0)

  private func channel(
    of message: NATSMessage, _ name: Slice<UnsafeBufferPointer<UInt8>>
  ) -> String? {
    if let longName = message.longName { return NATSSubjects.channel(ofName: longName.utf8) }
    return NATSSubjects.channel(ofName: name)
  }
}
