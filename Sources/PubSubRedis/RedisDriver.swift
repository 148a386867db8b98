// Publications by way of a Redis server, for LinkedEngine: one connection carries commands, another what is
// subscribed to, since Redis takes no other commands there. This file is the link and what is read from
// it; publishing, subscribing and histories are in files of their own.

import NIOCore
import PubSub

/// The driver of the engine `redis`.
final class RedisDriver: EngineDriver {
  /// The two connections, and what the server said when they were made.
  struct Link {
    let commands: RedisConnection
    let subscriptions: RedisConnection
    let scripts: [RedisScript: String]
    /// See ``RedisServerInfo/run``.
    let run: String
    /// The longest string that the server takes.
    let longestWord: Int
  }

  /// A command that was sent and not answered, in the order of sending.
  enum Awaited {
    /// A frame without a history; with the last of a batch all of it is answered.
    case frame(last: RedisLiveBatch?)
    case kept(RedisKeptBatch)
    /// Not sent, but to be answered in its turn.
    case refused(PubSubError)
    case page(of: Int)
    case pong
  }

  static var scheme: String { "redis" }

  let names: RedisNames
  private let settings: RedisSettings
  private var link: Link?
  var awaited = CircularBuffer<Awaited>()
  /// What has come and was not taken.
  var events: [EngineDriverEvent] = []
  /// What became of the frames of a batch, as far as they were answered.
  private var frameResults: [Result<Position?, PubSubError>] = []
  /// The histories that are being read.
  var histories: [RedisHistory] = []
  /// Bytes that may still be read of them.
  var historyRoom = 0

  init(_ settings: RedisSettings) {
    self.settings = settings
    names = RedisNames(settings)
  }

  var interests: [EngineThread.Interest] {
    link.map { [$0.commands.interest, $0.subscriptions.interest] } ?? []
  }

  func linked() throws(PubSubError) -> Link {
    guard let link else { throw PubSubError(.unreachable, "there is no link to a Redis server") }
    return link
  }

  func connect() throws(PubSubError) {
    let deadline = NIODeadline.now() + EngineDriverLimits.connect
    let commands = try RedisConnection.open(settings, until: deadline)
    let info = RedisServerInfo(try commands.demand(["INFO"], until: deadline))
    try info.check()
    var scripts: [RedisScript: String] = [:]
    for script in RedisScript.allCases {
      scripts[script] = try commands.load(script, until: deadline)
    }
    link = Link(
      commands: commands, subscriptions: try RedisConnection.open(settings, until: deadline),
      scripts: scripts, run: info.run,
      longestWord: try commands.longestWord(until: deadline))
  }

  func disconnect() {
    link = nil
    awaited.removeAll()
    events = []
    frameResults = []
    histories = []
  }

  func receive() throws(PubSubError) -> [EngineDriverEvent] {
    let link = try linked()
    try link.commands.flush()
    try link.commands.read()
    try takeAnswers()
    try link.subscriptions.flush()
    try link.subscriptions.read()
    try takeMessages()
    try checkAlive(link)
    defer { events = [] }
    return events
  }

  private func checkAlive(_ link: Link) throws(PubSubError) {
    if try link.commands.isQuiet() {
      awaited.append(.pong)
      try ping(link.commands)
    }
    if try link.subscriptions.isQuiet() { try ping(link.subscriptions) }
  }

  private func ping(_ connection: RedisConnection) throws(PubSubError) {
    connection.send(answers: 1) { $0.writeCommand("PING") }
    try connection.flush()
  }

  // MARK: Answers

  /// Takes the answers to commands that were read.
  func takeAnswers() throws(PubSubError) {
    let commands = try linked().commands
    try commands.takeReplies { reply throws(PubSubError) in
      confirmRefused()
      guard let oldest = awaited.popFirst() else { throw .redisNonsense }
      commands.answered()
      try take(reply, for: oldest)
    }
    confirmRefused()
  }

  private func take(_ reply: RedisReply, for awaited: Awaited) throws(PubSubError) {
    if let failure = reply.failure.map(PubSubError.redis), failure.code == .unreachable {
      throw failure
    }
    switch awaited {
    case .frame(let last):
      frameResults.append(reply.failure.map { .failure(.redis($0)) } ?? .success(nil))
      guard let last else { return }
      for place in last.places { events.append(.confirmed(frameResults[place])) }
      frameResults = []
    case .kept(let batch):
      for result in try batch.results(reply) { events.append(.confirmed(result)) }
    case .page(let index): histories[index].take(reply, room: &historyRoom)
    case .refused, .pong: break
    }
  }

  private func confirmRefused() {
    while case .refused(let error) = awaited.first {
      awaited.removeFirst()
      events.append(.confirmed(.failure(error)))
    }
  }
}
