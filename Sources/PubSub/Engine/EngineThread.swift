// A thread of an engine's own, for a client library that blocks: it sleeps until the engine's sockets
// have something, somebody has something for it, or a time has come.

import Glibc
import NIOCore

/// One thread that runs one engine's loop.
// @unchecked: the descriptors never change, and a pipe may be written to from any thread.
public final class EngineThread: @unchecked Sendable {
  /// What a thread waits for at a socket.
  public struct Interest {
    public let descriptor: Int32
    public let reading: Bool
    public let writing: Bool

    public init(_ descriptor: Int32, reading: Bool = true, writing: Bool = false) {
      self.descriptor = descriptor
      self.reading = reading
      self.writing = writing
    }
  }

  /// What a wake-up is written to, and where the thread sees it.
  private let wakeEnd: Int32
  private let sleepEnd: Int32

  /// - Throws: when the system has no more descriptors.
  public init() throws(PubSubError) {
    var ends: [Int32] = [-1, -1]
    guard pipe(&ends) == 0 else {
      throw PubSubError(.refused, "no descriptors for the engine's thread (errno \(errno))")
    }
    (sleepEnd, wakeEnd) = (ends[0], ends[1])
    for end in ends {
      _ = fcntl(end, F_SETFL, O_NONBLOCK)
      _ = fcntl(end, F_SETFD, FD_CLOEXEC)
    }
  }

  deinit {
    Glibc.close(wakeEnd)
    Glibc.close(sleepEnd)
  }

  /// Begins to run `body` on the thread, which ends with it. Called once.
  public func start(_ body: @escaping @Sendable () -> Void) throws(PubSubError) {
    let box = Unmanaged.passRetained(Body(run: body))
    var thread = pthread_t()
    let failure = pthread_create(
      &thread, nil,
      { argument in
        guard let argument else { return nil }
        Unmanaged<Body>.fromOpaque(argument).takeRetainedValue().run()
        return nil
      }, box.toOpaque())
    guard failure == 0 else {
      box.release()
      throw PubSubError(.refused, "the engine's thread could not be started (\(failure))")
    }
    pthread_detach(thread)
  }

  /// Ends a wait, the present one or the next. From any thread.
  public func wake() {
    var byte: UInt8 = 1
    _ = write(wakeEnd, &byte, 1)
  }

  /// Sleeps until a socket is ready, somebody calls ``wake()``, or `deadline` has come. Called on the
  /// thread itself.
  ///
  /// - Returns: for each interest whether its socket is ready or broken.
  public func wait(for interests: [Interest] = [], until deadline: NIODeadline) -> [Bool] {
    var polls = interests.map { interest in
      let events = (interest.reading ? POLLIN : 0) | (interest.writing ? POLLOUT : 0)
      return pollfd(fd: interest.descriptor, events: Int16(events), revents: 0)
    }
    polls.append(pollfd(fd: sleepEnd, events: Int16(POLLIN), revents: 0))
    let left = deadline - .now()
    let milliseconds = Int32(clamping: Swift.max(0, (left.nanoseconds + 999_999) / 1_000_000))
    poll(&polls, nfds_t(polls.count), milliseconds)
    if polls.last?.revents != 0 {
      var bytes: [UInt8] = Array(repeating: 0, count: 64)
      while read(sleepEnd, &bytes, bytes.count) == bytes.count {}
    }
    return polls.dropLast().map { $0.revents != 0 }
  }

  private final class Body: Sendable {
    let run: @Sendable () -> Void

    init(run: @escaping @Sendable () -> Void) { self.run = run }
  }
}
