// One TCP connection to a Redis server: hiredis makes it and parses what comes; what goes out and when to
// wait is decided here. Used on one thread. It never blocks but in `wait`.

import CRedisSystem
import Glibc
import NIOCore
import PubSub

/// A connection that answers are awaited on.
final class RedisConnection {
  private static let readSize = 128 << 10
  /// What is read in one turn at most.
  private static let turnSize = 4 << 20
  /// Parsed bytes are given back to the system beyond this size.
  private static let idleBufferSize = 1 << 20
  /// A connection on which nothing has come for so long is asked whether it is alive.
  private static let quiet = TimeAmount.seconds(2)

  private let context: UnsafeMutablePointer<redisContext>
  private var output = ByteBuffer()
  private var input: [UInt8]
  /// Answers that are to come.
  private(set) var awaitedCount = 0
  /// When the server last showed that it is there, or an answer was begun to wait for.
  private var lastSign = NIODeadline.now()

  /// Connects.
  init(_ settings: RedisSettings, timeout: TimeAmount) throws(PubSubError) {
    let microseconds = Swift.max(1_000, timeout.nanoseconds / 1_000)
    let time = timeval(
      tv_sec: Int(microseconds / 1_000_000), tv_usec: Int(microseconds % 1_000_000))
    guard let made = redisConnectWithTimeout(settings.host, Int32(settings.port), time) else {
      throw PubSubError(.unreachable, "no memory for a connection to the Redis server")
    }
    context = made
    input = Array(repeating: 0, count: Self.readSize)
    guard made.pointee.err == 0 else {
      let reason = String(cString: Self.errorText(made))
      throw PubSubError(
        .unreachable,
        "the Redis server at \(settings.host):\(settings.port) cannot be reached: \(reason)")
    }
    redisEnableKeepAlive(made)
    _ = fcntl(made.pointee.fd, F_SETFL, fcntl(made.pointee.fd, F_GETFL) | O_NONBLOCK)
    _ = fcntl(made.pointee.fd, F_SETFD, FD_CLOEXEC)
    made.pointee.reader.pointee.maxbuf = Self.idleBufferSize
  }

  deinit { redisFree(context) }

  /// What to wait for at the socket.
  var interest: EngineThread.Interest {
    EngineThread.Interest(context.pointee.fd, reading: true, writing: output.readableBytes > 0)
  }

  // MARK: Out

  /// Adds commands to what is to be sent.
  ///
  /// - Parameter answers: how many answers they have.
  func send(answers: Int, _ write: (inout ByteBuffer) -> Void) {
    if awaitedCount == 0 { lastSign = .now() }
    awaitedCount += answers
    write(&output)
  }

  /// Sends what the socket takes.
  func flush() throws(PubSubError) {
    while output.readableBytes > 0 {
      let sent = output.withUnsafeReadableBytes {
        Glibc.send(context.pointee.fd, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
      }
      guard sent > 0 else {
        if errno == EINTR { continue }
        if errno == EAGAIN || errno == EWOULDBLOCK { return }
        throw broken("it cannot be written to (errno \(errno))")
      }
      output.moveReaderIndex(forwardBy: sent)
      lastSign = .now()
    }
    output.clear(minimumCapacity: Self.readSize)
  }

  // MARK: In

  /// Reads what has come.
  func read() throws(PubSubError) {
    var left = Self.turnSize
    while left > 0 {
      let count = recv(context.pointee.fd, &input, input.count, 0)
      if count < 0 && errno == EINTR { continue }
      if count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK) { return }
      guard count > 0 else {
        throw broken(count == 0 ? "the server closed it" : "it broke (errno \(errno))")
      }
      let fed = input.withUnsafeBytes {
        redisReaderFeed(context.pointee.reader, $0.bindMemory(to: CChar.self).baseAddress, count)
      }
      guard fed == REDIS_OK else { throw broken("what came cannot be parsed") }
      lastSign = .now()
      left -= count
      if count < input.count { return }
    }
  }

  /// Hands over every whole reply that was read.
  func takeReplies(_ body: (RedisReply) throws(PubSubError) -> Void) throws(PubSubError) {
    while true {
      var pointer: UnsafeMutableRawPointer?
      guard redisReaderGetReply(context.pointee.reader, &pointer) == REDIS_OK else {
        throw broken("what came cannot be parsed")
      }
      guard let pointer else { return }
      defer { freeReplyObject(pointer) }
      try body(RedisReply(pointer.assumingMemoryBound(to: redisReply.self)))
    }
  }

  /// One of the awaited answers was among the replies.
  func answered() { awaitedCount -= 1 }

  // MARK: Time

  /// Sends and reads once the socket lets it, and throws when the server has been silent for too long.
  ///
  /// - Parameter silence: how long is too long.
  func wait(silence: TimeAmount = EngineDriverLimits.answer) throws(PubSubError) {
    try flush()
    let left = lastSign + silence - .now()
    guard left > .zero else { throw silent(silence) }
    let writing = output.readableBytes > 0 ? POLLOUT : 0
    var socket = pollfd(fd: context.pointee.fd, events: Int16(POLLIN | writing), revents: 0)
    poll(&socket, 1, Int32(clamping: (left.nanoseconds + 999_999) / 1_000_000))
    try read()
  }

  /// Whether the server has been silent for so long that it is to be asked whether it is there; throws
  /// when it has not answered for too long.
  func isQuiet() throws(PubSubError) -> Bool {
    let silence = NIODeadline.now() - lastSign
    guard awaitedCount > 0 else { return silence > Self.quiet }
    guard silence <= EngineDriverLimits.answer else { throw silent(EngineDriverLimits.answer) }
    return false
  }

  private func silent(_ time: TimeAmount) -> PubSubError {
    PubSubError(
      .unreachable, "the Redis server has not answered for \(time.nanoseconds / 1_000_000) ms")
  }

  private func broken(_ how: String) -> PubSubError {
    PubSubError(.unreachable, "the connection to the Redis server was lost: \(how)")
  }

  private static func errorText(
    _ context: UnsafeMutablePointer<redisContext>
  ) -> UnsafePointer<CChar> {
    UnsafeRawPointer(context).advanced(by: MemoryLayout<redisContext>.offset(of: \.errstr) ?? 0)
      .assumingMemoryBound(to: CChar.self)
  }
}
