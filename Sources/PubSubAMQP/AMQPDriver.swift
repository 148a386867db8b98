// Drives RabbitMQ. What is only for now goes through a topic exchange to a queue of each node. What is
// kept goes to one stream of the prefix, which every node follows as a whole from its first link on: so a
// publication is confirmed with its place when it comes back, and a history is what was seen, or a look
// into the stream. A burst is one message to the server. AMQPDriver+link.swift makes the link,
// AMQPDriver+history.swift reads the past.

import CAMQPSystem
import Glibc
import NIOCore
import PubSub

final class AMQPDriver: EngineDriver {
  static var scheme: String { "amqp" }

  let options: AMQPOptions
  /// Names this node at the server.
  let node = UInt64.random(in: 1...UInt64.max)
  /// Whether a new link reads what has come since the last one.
  var isCatchingUp = false
  /// How often a link was tried.
  var attempts = 0
  var link: AMQPLink?

  var view = StreamView()
  var unanswered = Unanswered()
  /// What has come and was not taken.
  var received: [EngineDriverEvent] = []
  /// By which the publications of this node are known.
  private var origin: UInt64?
  /// When something was last heard of what waits for its position.
  private var lastArrival = NIODeadline.now()
  /// Messages of the stream that are not acknowledged.
  private var unacknowledged = 0
  /// Whether there is more than was taken.
  private var hasMore = false
  /// The largest message that the server takes, once it has refused one.
  private var mostMessageBytes = Int.max

  /// How large a message of many publications becomes.
  private static var bundleBytes: Int { 64 << 10 }
  /// What is taken at once.
  private static var mostBytesAtOnce: Int { 8 << 20 }
  /// What is held of a stream that is caught up with; subscribers get the rest by histories.
  private static var mostReceived: Int { 100_000 }

  init(_ options: AMQPOptions) { self.options = options }

  var interests: [EngineThread.Interest] {
    guard let link else { return [] }
    return [
      .init(link.consuming.descriptor, writing: hasMore), .init(link.publishing.descriptor),
    ]
  }

  func connected() throws(PubSubError) -> AMQPLink {
    guard let link else { throw PubSubError(.unreachable, "there is no link to the amqp engine") }
    return link
  }

  static var milliseconds: Int64 {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Int64(time.tv_sec) * 1_000 + Int64(time.tv_nsec) / 1_000_000
  }

  func subscribe(_ patterns: [ChannelPattern]) throws(PubSubError) {
    try connected().bind(patterns)
  }

  func unsubscribe(_ patterns: [ChannelPattern]) throws(PubSubError) {
    try connected().unbind(patterns)
  }

  // MARK: Publishing

  func publish(_ entries: [PublishQueue.Entry]) throws(PubSubError) {
    let link = try connected()
    let isIdle = !unanswered.isWaiting
    var live = LiveBundles()
    var kept = newBundle()
    for entry in entries {
      origin = entry.origin.node
      if let refusal = refusal(of: entry) {
        unanswered.append(.failure(refusal), to: entry.origin.serial)
      } else if entry.limits == nil {
        live.append(entry)
        unanswered.append(.success(nil), to: entry.origin.serial)
      } else if let position = unanswered.recall(entry.origin.serial) {
        unanswered.append(.success(position), to: entry.origin.serial)
      } else {
        try add(entry, to: &kept, link)
      }
    }
    if kept.count > 0 { try link.publishKept(kept.message) }
    for (channel, message) in live.messages(of: bundleBytes, time: Self.milliseconds) {
      try link.publishLive(message, on: channel)
    }
    if isIdle { lastArrival = .now() }
  }

  private var bundleBytes: Int { min(Self.bundleBytes, mostMessageBytes) }

  private func newBundle() -> RecordWriter {
    RecordWriter(epoch: view.epoch, time: Self.milliseconds)
  }

  private func add(
    _ entry: PublishQueue.Entry, to bundle: inout RecordWriter, _ link: AMQPLink
  ) throws(PubSubError) {
    let isFull =
      bundle.count == StreamPlace.mostPublications
      || !bundle.hasRoom(for: entry.bytes, on: entry.channel, within: bundleBytes)
    if isFull && bundle.count > 0 {
      try link.publishKept(bundle.message)
      bundle = newBundle()
    }
    bundle.append(entry.bytes, on: entry.channel)
    unanswered.append(waiting: entry.origin.serial)
  }

  private func refusal(of entry: PublishQueue.Entry) -> PubSubError? {
    let name = entry.channel.utf8.count
    guard name <= RecordWriter.longestChannel else {
      return PubSubError(.tooLarge, "a channel's name of \(name) bytes is longer than 65535")
    }
    let size = entry.bytes.readableBytes + name + RecordWriter.overhead
    guard size <= mostMessageBytes else {
      return PubSubError(
        .tooLarge, "a message of \(size) bytes is larger than the server's \(mostMessageBytes)")
    }
    return nil
  }

  // MARK: Receiving

  func receive() throws(PubSubError) -> [EngineDriverEvent] {
    let link = try connected()
    try hearPublishing(link)
    var byteCount = 0
    hasMore = true
    while hasMore && byteCount < Self.mostBytesAtOnce {
      if let event = try link.consuming.next() {
        byteCount += try take(event) + RecordWriter.overhead
      } else {
        hasMore = false
      }
    }
    try checkWaiting(link)
    defer { received = [] }
    return received + unanswered.takeAnswers().map { .confirmed($0) }
  }

  /// Takes what the server says of what was published.
  func hearPublishing(_ link: AMQPLink) throws(PubSubError) {
    do throws(PubSubError) {
      while let event = try link.publishing.next() {
        if case .refused = event {
          throw PubSubError(.unreachable, "the stream \(options.keptStream) took no publication")
        }
      }
    } catch {
      if let most = (error.underlying as? AMQPRefusal)?.mostMessageBytes { mostMessageBytes = most }
      throw error
    }
  }

  private func checkWaiting(_ link: AMQPLink) throws(PubSubError) {
    guard unanswered.isWaiting, lastArrival + EngineDriverLimits.answer < .now() else { return }
    throw silence(link)
  }

  /// That publications do not come back.
  func silence(_ link: AMQPLink) -> PubSubError {
    let reason = link.publishing.blockedReason.map { ": it blocks publishers (\($0))" } ?? ""
    return PubSubError(.unreachable, "the server has not answered for too long\(reason)")
  }

  /// Takes what has come for the node.
  /// - Returns: its bytes.
  @discardableResult
  func take(_ event: AMQPEvent) throws(PubSubError) -> Int {
    switch event {
    case .delivery(let delivery):
      switch delivery.channel {
      case AMQPChannel.live: takeLive(delivery)
      case AMQPChannel.kept: try takeKept(delivery)
      default: break
      }
      return delivery.body.readableBytes
    case .cancelled:
      throw PubSubError(.unreachable, "a queue or the stream was deleted on the server")
    case .taken, .refused: return 0
    }
  }

  private func takeLive(_ delivery: AMQPDelivery) {
    Record(delivery.body)?.forEachPublication { channel, bytes, _ in
      guard let publication = EnginePublication(bytes, on: channel, at: nil) else { return }
      received.append(.publication(publication))
    }
  }

  private func takeKept(_ delivery: AMQPDelivery) throws(PubSubError) {
    unacknowledged += 1
    if unacknowledged >= Int(AMQPLink.prefetch / 4) {
      unacknowledged = 0
      try connected().consuming.acknowledge(delivery.tag, on: AMQPChannel.kept)
    }
    guard let message = delivery.streamOffset else { return }
    for publication in try view.take(Record(delivery.body), message: message) {
      if !isCatchingUp || received.count < Self.mostReceived {
        received.append(.publication(publication))
      }
      if publication.origin.node == origin, let position = publication.position {
        lastArrival = .now()
        unanswered.arrived(publication.origin.serial, at: position)
      }
    }
  }

  /// Nothing was received on the new link.
  func beginReceiving() {
    unacknowledged = 0
    hasMore = false
    isCatchingUp = true
  }
}
