// The stream on the server that keeps publications: how it is found or made, and where it stands. Its
// subjects hold its epoch, so that whoever makes it anew makes a new epoch, and nothing that is meant for
// the old stream reaches the new one.

import PubSub

/// A stream as the server described it.
struct NATSStream {
  let epoch: String
  /// The oldest sequence that is kept; one above the last when none is.
  let first: UInt64
  let last: UInt64
  let replicas: Int
  /// `file` or `memory`, for good.
  fileprivate let storage: String
  fileprivate let limits: [Int64?]

  fileprivate init?(_ description: JSONValue, subjects: NATSSubjects) {
    guard let config = description["config"], let state = description["state"],
      let subject = config["subjects"]?.elements.first?.text,
      let epoch = subjects.epoch(ofStored: subject),
      config["republish"]?["dest"]?.text == subjects.allOut(epoch: epoch),
      let first: UInt64 = state["first_seq"]?.integer(),
      let last: UInt64 = state["last_seq"]?.integer()
    else { return nil }
    self.epoch = epoch
    self.first = first
    self.last = last
    storage = config["storage"]?.text ?? "file"
    replicas = config["num_replicas"]?.integer() ?? 1
    limits = Self.limitNames.map { config[$0]?.integer() }
  }

  /// Where the stream stands.
  var top: Position { Position(epoch: epoch, offset: last) }

  /// What a URL may change of a stream that is there.
  fileprivate static let limitNames = [
    "max_age", "max_bytes", "max_msgs", "duplicate_window", "num_replicas",
  ]
}

/// Finds, makes and describes the stream of a prefix.
struct NATSStreams {
  let settings: NATSSettings

  /// What was found.
  enum Outcome {
    case found(NATSStream)
    /// The server, or this account, has no JetStream.
    case withoutJetStream
  }

  private var subjects: NATSSubjects { NATSSubjects(prefix: settings.prefix) }
  private var name: String { settings.prefix }

  /// Finds the stream, and makes it or changes its limits where that is needed.
  func open(on connection: NATSConnection) throws(PubSubError) -> Outcome {
    let known = try describe(on: connection)
    let outcome = if let known { known } else { try make(on: connection) }
    guard case .found(let stream) = outcome, stream.limits != limits else { return outcome }
    if let error = try command(
      "UPDATE", epoch: stream.epoch, storage: stream.storage, on: connection)
    {
      throw refused("change", error)
    }
    return outcome
  }

  /// Asks how the stream is.
  /// - Returns: nil when there is none.
  func describe(on connection: NATSConnection) throws(PubSubError) -> Outcome? {
    guard let replies = try connection.askAnybody([.api("STREAM.INFO.\(name)")]) else {
      return .withoutJetStream
    }
    let answer = replies.first?.json
    if let error = JetStreamError(answer) {
      if error.code == JetStreamError.streamNotFound { return nil }
      if error.isWithoutJetStream { return .withoutJetStream }
      throw refused("describe", error)
    }
    guard let answer, let stream = NATSStream(answer, subjects: subjects) else {
      throw PubSubError(
        .refused, "the server's stream \(name) is another program's; give the URL another prefix")
    }
    return .found(stream)
  }

  /// Makes the stream, unless another node was faster.
  private func make(on connection: NATSConnection) throws(PubSubError) -> Outcome {
    let storage = settings.kept.isInMemory ? "memory" : "file"
    if let error = try command(
      "CREATE", epoch: Position.makeEpoch(), storage: storage, on: connection),
      error.code != JetStreamError.nameInUse
    {
      throw refused("make", error)
    }
    guard let outcome = try describe(on: connection) else {
      throw PubSubError(.refused, "the stream \(name) was made and is not there")
    }
    return outcome
  }

  private func command(
    _ verb: String, epoch: String, storage: String, on connection: NATSConnection
  ) throws(PubSubError) -> JetStreamError? {
    let request = NATSRequest.api(
      "STREAM.\(verb).\(name)", configuration(epoch: epoch, storage: storage))
    return JetStreamError(try connection.ask([request]).first?.json)
  }

  private func refused(_ verb: String, _ error: JetStreamError) -> PubSubError {
    PubSubError(
      error.status == 503 ? .unreachable : .refused,
      "JetStream does not \(verb) the stream \(name): \(error.description)")
  }

  /// The values of ``NATSStream/limitNames``.
  private var limits: [Int64?] {
    let kept = settings.kept
    return [
      kept.age.nanoseconds, kept.bytes, kept.messages, kept.duplicates.nanoseconds,
      Int64(kept.replicas),
    ]
  }

  private func configuration(epoch: String, storage: String) -> String {
    let numbers = zip(NATSStream.limitNames, limits).map { "\"\($0)\":\($1 ?? 0)" }
    let stored = subjects.allKept(epoch: epoch)
    return """
      {"name":"\(name)","subjects":["\(stored)"],"retention":"limits","discard":"old",\
      "storage":"\(storage)","max_consumers":-1,"max_msgs_per_subject":-1,"max_msg_size":-1,\
      "allow_direct":true,"republish":{"src":"\(stored)","dest":"\(subjects.allOut(epoch: epoch))"},\
      \(numbers.joined(separator: ","))}
      """
  }
}
