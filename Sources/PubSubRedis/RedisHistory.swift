// One history that is read in pages. Pure but for the looks at replies.

import NIOCore
import PubSub

/// What came of a channel after a position, as far as it was read.
struct RedisHistory {
  let request: EngineRecoveryRequest
  private var missed: [EnginePublication] = []
  /// Where the channel stood when it was first asked for.
  private var goal: Position?
  /// nil while there is more to read.
  private(set) var result: Result<Recovery<EnginePublication>, PubSubError>?

  init(_ request: EngineRecoveryRequest) { self.request = request }

  /// After what the next page begins.
  private var since: Position? { missed.last?.position ?? request.since }

  /// The command that reads the next page.
  func write(
    to buffer: inout ByteBuffer, script: String, link: RedisDriver.Link, names: RedisNames
  ) {
    let limits = request.limits
    buffer.writeCommand(
      "EVALSHA", script, "2", names.state(request.channel), names.stream(request.channel),
      Position.makeEpoch(), link.run, since?.epoch ?? "", since.map { "\($0.offset)" } ?? "",
      limits.map { "\($0.messages)" } ?? "",
      limits.map { "\($0.age.nanoseconds / 1_000_000)" } ?? "")
  }

  /// Takes a page.
  /// - Parameter room: bytes that may still be read; a history that needs more is not recovered.
  mutating func take(_ page: RedisReply, room: inout Int) {
    if let failure = page.failure {
      result = .failure(.redis(failure))
      return
    }
    guard let epoch = page[0]?.text, let offset = page[1]?.integer, let state = page[2]?.integer
    else {
      result = .failure(.redisNonsense)
      return
    }
    let top = Position(epoch: epoch, offset: UInt64(clamping: offset))
    guard state == 1, add(page, epoch: epoch, room: &room) else {
      missed = []
      result = .success(Recovery(isRecovered: false, missed: [], top: top))
      return
    }
    let goal = goal ?? top
    self.goal = goal
    let reached = since ?? top
    if reached.offset >= goal.offset {
      result = .success(Recovery(isRecovered: true, missed: missed, top: reached))
    }
  }

  /// - Returns: whether the page follows what was read without a gap, and there is room for it.
  private mutating func add(_ page: RedisReply, epoch: String, room: inout Int) -> Bool {
    for index in stride(from: 3, to: page.count - 1, by: 2) {
      guard let id = page[index]?.text, var bytes = page[index + 1]?.buffer,
        let offset = UInt64(id.prefix { $0 != "-" }), let last = since?.offset, offset == last + 1,
        let framed = RedisFrame.readPublication(&bytes),
        let publication = EnginePublication(
          framed, on: request.channel, at: Position(epoch: epoch, offset: offset))
      else { return false }
      room -= publication.message.readableBytes + EnginePublication.headerSize
      guard room >= 0 else { return false }
      missed.append(publication)
    }
    return true
  }
}
