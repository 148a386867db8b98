// Drives MongoDB. What is kept goes to one capped collection of the prefix, a log, which every node follows
// as a whole by a tailable cursor. Its documents number themselves: a node writes the place after the last
// that it has seen, and only one can have it. Who was second waits until it has seen who was first, and
// tries the next place; so what was sent and not answered is never there twice. What is only for now goes
// to a second capped collection. A burst is one document. MongoDriver+link.swift makes the link,
// MongoDriver+history.swift reads the past.

import Glibc
import NIOCore
import PubSub

final class MongoDriver: EngineDriver {
  static var scheme: String { "mongodb" }

  let settings: MongoSettings
  let wake: @Sendable () -> Void
  var link: MongoLink?
  /// Whether a new link reads what has come since the last one.
  var isCatchingUp = false

  var view = LogView()
  var own = OwnPlaces()
  /// By which the publications of this node are known.
  private var node: UInt64?
  /// The last place that was written on this link.
  var lastWritten: UInt64 = 0
  /// What has come and was not taken.
  var received: [EngineDriverEvent] = []
  /// What was published and is to be answered, in order.
  var answers: [(serial: UInt64, answer: Result<Position?, PubSubError>)] = []

  /// The largest document of MongoDB.
  private static var mostDocumentBytes: Int { 16 << 20 }
  /// What is held of a log that is caught up with; subscribers get the rest by histories.
  private static var mostReceived: Int { 100_000 }

  init(_ settings: MongoSettings, wake: @escaping @Sendable () -> Void) {
    self.settings = settings
    self.wake = wake
  }

  /// The tails have threads of their own, which wake this one.
  var interests: [EngineThread.Interest] { [] }

  func connected() throws(PubSubError) -> MongoLink {
    guard let link else {
      throw PubSubError(.unreachable, "there is no link to the mongodb engine")
    }
    return link
  }

  static var milliseconds: Int64 {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Int64(time.tv_sec) * 1_000 + Int64(time.tv_nsec) / 1_000_000
  }

  /// Every node gets everything; what it does not want is sorted out by the caller.
  func subscribe(_ patterns: [ChannelPattern]) throws(PubSubError) {}

  func unsubscribe(_ patterns: [ChannelPattern]) throws(PubSubError) {}

  // MARK: Publishing

  func publish(_ entries: [PublishQueue.Entry]) throws(PubSubError) {
    let link = try connected()
    node = entries.first?.origin.node ?? node
    var refusals: [UInt64: PubSubError] = [:]
    for entry in entries { refusals[entry.origin.serial] = Self.refusal(of: entry) }
    let accepted = entries.filter { refusals[$0.origin.serial] == nil }
    try keep(
      accepted.filter { $0.limits != nil && own.position(of: $0.origin.serial) == nil }, link)
    try send(accepted.filter { $0.limits == nil }, link)
    for entry in entries {
      let serial = entry.origin.serial
      if let refusal = refusals[serial] {
        answers.append((serial, .failure(refusal)))
      } else {
        answers.append((serial, .success(own.position(of: serial))))
      }
    }
  }

  /// Sends what is only for now.
  private func send(_ entries: [PublishQueue.Entry], _ link: MongoLink) throws(PubSubError) {
    let documents = pack(entries[...]) { _ in Int64.random(in: 1...Int64.max) }
    guard try link.live.insert(documents.map(\.bytes), .live) == documents.count else {
      throw PubSubError(.unreachable, "two documents of \(link.live.name) have one number")
    }
  }

  /// Writes what has a history into the log.
  private func keep(_ entries: [PublishQueue.Entry], _ link: MongoLink) throws(PubSubError) {
    var rest = entries[...]
    let deadline = NIODeadline.now() + EngineDriverLimits.answer
    while !rest.isEmpty {
      let place = max(view.last.place, lastWritten) + 1
      let documents = pack(rest) { Int64(clamping: place + UInt64($0)) }
      let inserted = try link.log.insert(documents.map(\.bytes), settings.concern)
      for (index, document) in documents.prefix(inserted).enumerated() {
        lastWritten = place + UInt64(index)
        note(rest.prefix(document.count), at: lastWritten)
        rest.removeFirst(document.count)
      }
      guard inserted < documents.count else { continue }
      // Another was first, or this node on a link that was lost.
      try waitUntilSeen(place + UInt64(inserted), link, until: deadline)
      let count = rest.count
      rest.removeAll { own.position(of: $0.origin.serial) != nil }
      if rest.count < count { try settle(link) }
      guard NIODeadline.now() < deadline else {
        throw PubSubError(.unreachable, "other nodes were always first")
      }
    }
  }

  private func note(_ entries: ArraySlice<PublishQueue.Entry>, at place: UInt64) {
    for (index, entry) in entries.enumerated() {
      let offset = StreamPlace.offset(message: place, index: index)
      own.note(entry.origin.serial, at: Position(epoch: view.epoch, offset: offset))
    }
  }

  /// Packs publications into documents.
  private func pack(
    _ entries: ArraySlice<PublishQueue.Entry>, id: (Int) -> Int64
  ) -> [(bytes: ByteBuffer, count: Int)] {
    let time = Self.milliseconds
    var documents: [(bytes: ByteBuffer, count: Int)] = []
    var writer = LogDocumentWriter(id: id(0), time: time)
    for entry in entries {
      if !writer.hasRoom(for: entry.bytes, on: entry.channel) {
        documents.append((writer.finish(), writer.count))
        writer = LogDocumentWriter(id: id(documents.count), time: time)
      }
      writer.append(entry.bytes, on: entry.channel)
    }
    if writer.count > 0 { documents.append((writer.finish(), writer.count)) }
    return documents
  }

  private static func refusal(of entry: PublishQueue.Entry) -> PubSubError? {
    let size = entry.bytes.readableBytes + entry.channel.utf8.count + LogDocumentWriter.overhead
    guard size <= mostDocumentBytes else {
      return PubSubError(
        .tooLarge,
        "a message of \(size) bytes is larger than a document of MongoDB (\(mostDocumentBytes))")
    }
    return nil
  }

  // MARK: Receiving

  func receive() throws(PubSubError) -> [EngineDriverEvent] {
    let link = try connected()
    try take(link.arrivals.take(), link)
    defer {
      if let last = answers.last { own.answered(upTo: last.serial) }
      (received, answers) = ([], [])
    }
    return received + answers.map { .confirmed($0.answer) }
  }

  /// Takes what the tails have brought.
  func take(_ batch: Arrivals.Batch, _ link: MongoLink) throws(PubSubError) {
    for (source, bytes) in batch.documents {
      guard let document = LogDocument(bytes) else { continue }
      switch source {
      case .log: try takeKept(document)
      case .live:
        if link.isLater(document) { received += document.live.map { .publication($0) } }
      }
    }
    if let failure = batch.failure { throw failure }
  }

  private func takeKept(_ document: LogDocument) throws(PubSubError) {
    for publication in try view.take(document) {
      if !isCatchingUp || received.count < Self.mostReceived {
        received.append(.publication(publication))
      }
      if publication.origin.node == node, let position = publication.position {
        own.note(publication.origin.serial, at: position)
      }
    }
  }
}
