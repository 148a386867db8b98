// A look into the histories of several channels at once. Where a channel ends is asked of all together;
// what was missed is asked one message of each channel at a time, since most have missed little, and where
// few have missed much, consumers bring it. Exact: what may be incomplete is not recovered.

import Glibc
import NIOCore
import PubSub

/// One answer to ``EngineDriver/recover(_:)`` in the making.
struct NATSHistory {
  /// What of one channel is read.
  private struct Reading {
    let index: Int
    let channel: String
    let name: NATSSubjects.Name
    let since: UInt64
    let limits: HistoryLimits?
    /// The channel's last sequence; 0 while unknown.
    var last: UInt64 = 0
    /// The next sequence to look at.
    var next: UInt64
    var missed: [EnginePublication] = []
    var count = 0

    var isOverLimit: Bool { limits.map { count > $0.messages } ?? false }
    var isDone: Bool { next > last }
  }

  private let requests: [EngineRecoveryRequest]
  private let stream: NATSStream
  private let subjects: NATSSubjects
  private let seen: UInt64
  private let connection: NATSConnection
  private var readings: [Reading] = []
  /// Those that are given up, by index.
  private var lost: Set<Int> = []
  private var bytes = 0

  /// What one look may bring, of all channels together; what is beyond counts as lost.
  private static let mostBytes = HistoryReading.mostBytes
  /// From so few channels on consumers are faster, once some rounds were not enough.
  private static let fewChannels = 32
  private static let someRounds = 4

  /// Whether the server was asked for messages.
  private(set) var hasRead = false

  /// - Parameter seen: where everything that the followed channels had was received up to, which only
  ///   matters for requests without limits: those come from a link that was lost.
  init(
    _ requests: [EngineRecoveryRequest], of stream: NATSStream, subjects: NATSSubjects,
    seen: Position?, connection: NATSConnection
  ) {
    self.requests = requests
    self.stream = stream
    self.subjects = subjects
    self.seen = seen?.epoch == stream.epoch ? seen?.offset ?? 0 : 0
    self.connection = connection
    for (index, request) in requests.enumerated() {
      guard let since = request.since, since.epoch == stream.epoch, since.offset < stream.last,
        isWhole(since: since.offset, request, first: stream.first)
      else { continue }
      readings.append(
        Reading(
          index: index, channel: request.channel, name: NATSSubjects.name(of: request.channel),
          since: since.offset, limits: request.limits, next: since.offset + 1))
    }
  }

  /// Whether all that came after `since` is still there, or was received before it went.
  private func isWhole(since: UInt64, _ request: EngineRecoveryRequest, first: UInt64) -> Bool {
    // In this way since a server may tell any numbers.
    let before = first == 0 ? 0 : first - 1
    return before <= since || request.limits == nil && before <= seen
  }

  /// The answers, when the stream now begins at `first`.
  func results(first: UInt64) -> [Result<Recovery<EnginePublication>, PubSubError>] {
    var missed: [Int: [EnginePublication]] = [:]
    for reading in readings where !reading.isOverLimit { missed[reading.index] = reading.missed }
    return requests.enumerated().map { index, request in
      guard let since = request.since else { return .success(recovery(true)) }
      guard since.epoch == stream.epoch, since.offset <= stream.last else {
        return .success(recovery(false))
      }
      if since.offset == stream.last { return .success(recovery(true)) }
      guard let missed = missed[index], !lost.contains(index),
        isWhole(since: since.offset, request, first: first)
      else { return .success(recovery(false)) }
      return .success(recovery(true, missed))
    }
  }

  private func recovery(
    _ isRecovered: Bool, _ missed: [EnginePublication] = []
  ) -> Recovery<EnginePublication> {
    Recovery(isRecovered: isRecovered, missed: missed, top: stream.top)
  }

  // MARK: Reading

  /// Reads all that was missed.
  mutating func read() throws(PubSubError) {
    guard !readings.isEmpty else { return }
    hasRead = true
    try findEnds()
    var active = readings.indices.filter { !readings[$0].isDone }
    var rounds = 0
    while !active.isEmpty {
      if rounds >= Self.someRounds && active.count <= Self.fewChannels {
        return try consume(active)
      }
      try readNext(of: active)
      active = active.filter { !isFinished($0) }
      rounds += 1
    }
  }

  private func isFinished(_ position: Int) -> Bool {
    let reading = readings[position]
    return reading.isDone || reading.isOverLimit || lost.contains(reading.index)
  }

  /// Asks for the last sequence of each channel. Where the stream has replicas, only the leader is sure to
  /// know it.
  private mutating func findEnds() throws(PubSubError) {
    let command = stream.replicas > 1 ? "STREAM.MSG.GET" : "DIRECT.GET"
    let asked = readings.map { reading in
      NATSRequest.api(
        "\(command).\(subjects.prefix)", "{\"last_by_subj\":\"\(subject(of: reading))\"}")
    }
    for (position, reply) in zip(readings.indices, try connection.ask(asked)) {
      readings[position].last = try last(reply)
    }
  }

  /// The sequence that a reply tells; 0 when the channel has no message.
  private func last(_ reply: NATSReply) throws(PubSubError) -> UInt64 {
    if let stored = reply.stored { return stored.sequence }
    if reply.status == 404 { return 0 }
    let answer = reply.json
    if let sequence: UInt64 = answer?["message"]?["seq"]?.integer() { return sequence }
    if JetStreamError(answer)?.code == JetStreamError.messageNotFound { return 0 }
    throw PubSubError(.unreachable, "the stream on the NATS server does not tell its messages")
  }

  /// Asks each of these channels for one message more.
  private mutating func readNext(of active: [Int]) throws(PubSubError) {
    let asked = active.map { position in
      let reading = readings[position]
      return NATSRequest.api(
        "DIRECT.GET.\(subjects.prefix)",
        "{\"seq\":\(reading.next),\"next_by_subj\":\"\(subject(of: reading))\"}")
    }
    for (position, reply) in zip(active, try connection.ask(asked)) {
      if let stored = reply.stored {
        add(stored, to: position)
      } else if reply.status == 404 && stream.replicas == 1 {
        // What is gone was dropped: the stream's first sequence tells.
        readings[position].next = .max
      } else if reply.status == 404 {
        // A replica that is behind.
        try consume([position])
      } else {
        throw PubSubError(.unreachable, "the stream on the NATS server does not tell its messages")
      }
    }
  }

  private func subject(of reading: Reading) -> String {
    subjects.kept(reading.name, epoch: stream.epoch)
  }

  private mutating func add(_ message: NATSStoredMessage, to position: Int) {
    let reading = readings[position]
    guard message.sequence >= reading.next, message.sequence < .max else { return }
    readings[position].next = message.sequence + 1
    // What is newer than the answer says comes live.
    guard message.sequence <= stream.last, message.longName == reading.name.header else { return }
    guard
      let publication = EnginePublication(
        message.body, on: reading.channel,
        at: Position(epoch: stream.epoch, offset: message.sequence))
    else { return }
    readings[position].count += 1
    bytes += message.body.readableBytes
    let isOld = reading.limits.map { message.time < Self.now() - $0.age.nanoseconds } ?? false
    if isOld || bytes > Self.mostBytes { lost.insert(reading.index) }
    if isFinishedByLimits(position) {
      readings[position].missed = []
    } else {
      readings[position].missed.append(publication)
    }
  }

  private func isFinishedByLimits(_ position: Int) -> Bool {
    readings[position].isOverLimit || lost.contains(readings[position].index)
  }

  /// Nanoseconds since 1970.
  private static func now() -> Int64 {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
  }

  // MARK: Consumers

  /// Reads the rest of these channels by consumers, all at once.
  private mutating func consume(_ active: [Int]) throws(PubSubError) {
    let made = try connection.ask(active.map { consumer(for: readings[$0]) })
    var positions: [String: Int] = [:]
    for (position, reply) in zip(active, made) {
      let answer = reply.json
      guard let name = answer?["name"]?.text else {
        let error = JetStreamError(answer)?.description ?? "no answer"
        throw PubSubError(.refused, "JetStream reads no history: \(error)")
      }
      positions[name] = position
    }
    let names = Array(positions.keys)
    while !positions.isEmpty {
      var history = self
      try connection.takeStored { message in
        guard let position = positions[message.consumer] else { return !positions.isEmpty }
        history.add(message, to: position)
        let isAtEnd = message.pending == 0 && history.stream.replicas == 1
        if isAtEnd || history.isFinished(position) { positions[message.consumer] = nil }
        return !positions.isEmpty
      }
      self = history
    }
    _ = try connection.ask(names.map { .api("CONSUMER.DELETE.\(subjects.prefix).\($0)") })
    connection.dropStored()
  }

  private func consumer(for reading: Reading) -> NATSRequest {
    let body = """
      {"stream_name":"\(subjects.prefix)","config":{"deliver_subject":"\(connection.storedInbox)",\
      "deliver_policy":"by_start_sequence","opt_start_seq":\(reading.next),\
      "filter_subject":"\(subject(of: reading))","ack_policy":"none","replay_policy":"instant",\
      "max_deliver":-1,"mem_storage":true,"num_replicas":1,"inactive_threshold":5000000000}}
      """
    return .api("CONSUMER.CREATE.\(subjects.prefix)", body)
  }
}
