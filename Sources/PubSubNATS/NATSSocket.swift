// The event loop that libnats believes in: it hands its socket over here, and the engine's thread reads
// and writes when there is something. So nothing is read that the thread has no time for, what was
// published goes out in one write, and answers need no other thread.

import CNATSSystem
import Glibc
import NIOConcurrencyHelpers

/// The socket of one connection.
// @unchecked: mutable state is touched under `lock` only; libnats' timer asks to write, too.
final class NATSSocket: @unchecked Sendable {
  private let lock = NIOLock()
  private var descriptorNow: Int32 = -1
  private var isWritingNow = false
  private let owner = pthread_self()
  private let wake: @Sendable () -> Void

  /// - Parameter wake: called when another thread than this one wants something written.
  init(wake: @escaping @Sendable () -> Void) { self.wake = wake }

  /// -1 when there is none.
  var descriptor: Int32 { lock.withLock { descriptorNow } }

  /// Whether something waits to be written.
  var isWriting: Bool { lock.withLock { isWritingNow } }

  /// Whether the socket has something to read, or has ended; waits for that, or until it takes more
  /// when something waits to be written.
  func wait(milliseconds: Int32) -> Bool {
    let (descriptor, isWriting) = lock.withLock { (descriptorNow, isWritingNow) }
    guard descriptor >= 0 else { return true }
    let events = Int16(POLLIN | (isWriting ? POLLOUT : 0))
    var polled = pollfd(fd: descriptor, events: events, revents: 0)
    poll(&polled, 1, milliseconds)
    return polled.revents & ~Int16(POLLOUT) != 0
  }

  /// Makes `options` use this socket. It must outlive the connection.
  func attach(to options: OpaquePointer?) -> natsStatus {
    natsOptions_SetEventLoop(
      options, Unmanaged.passUnretained(self).toOpaque(),
      { place, loop, _, descriptor in
        place?.pointee = loop
        NATSSocket.at(loop)?.change { $0.descriptorNow = descriptor }
        return NATS_OK
      },
      { place, isAdded in
        if !isAdded { NATSSocket.at(place)?.change { $0.descriptorNow = -1 } }
        return NATS_OK
      },
      { place, isAdded in
        NATSSocket.at(place)?.setWriting(isAdded)
        return NATS_OK
      },
      { _ in NATS_OK })
  }

  private static func at(_ place: UnsafeMutableRawPointer?) -> NATSSocket? {
    place.map { Unmanaged<NATSSocket>.fromOpaque($0).takeUnretainedValue() }
  }

  private func change(_ body: (NATSSocket) -> Void) { lock.withLock { body(self) } }

  private func setWriting(_ isWriting: Bool) {
    change { $0.isWritingNow = isWriting }
    if isWriting && pthread_equal(owner, pthread_self()) == 0 { wake() }
  }
}
