// What the threads that follow collections have read and the engine's thread has not taken up. They wait
// when it does not keep up, so that the server's capped collection is the only store that overflows.

import Glibc
import NIOCore
import PubSub

/// The bounded line between the threads of two tails and the engine's thread.
// @unchecked: all that changes is touched with the mutex locked, and the pointers never change.
final class Arrivals: @unchecked Sendable {
  /// Where a document was read.
  enum Source {
    case log
    case live
  }

  /// All that has come, in the order of its coming.
  struct Batch {
    var documents: [(source: Source, document: ByteBuffer)] = []
    /// Why nothing more comes.
    var failure: PubSubError?

    var isEmpty: Bool { documents.isEmpty && failure == nil }
  }

  private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  private let change = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
  private let wake: @Sendable () -> Void
  private var batch = Batch()
  private var byteCount = 0
  private var isOver = false

  /// What waits at most, unless one document is larger.
  private static let mostBytes = 16 << 20

  /// - Parameter wake: called when something has come after nothing was there.
  init(wake: @escaping @Sendable () -> Void) {
    self.wake = wake
    pthread_mutex_init(mutex, nil)
    var attributes = pthread_condattr_t()
    pthread_condattr_init(&attributes)
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
    pthread_cond_init(change, &attributes)
    pthread_condattr_destroy(&attributes)
  }

  deinit {
    pthread_cond_destroy(change)
    pthread_mutex_destroy(mutex)
    change.deallocate()
    mutex.deallocate()
  }

  // MARK: From the threads of the tails

  /// Hands over a document, when there is room for it.
  ///
  /// - Returns: false when nobody wants any more.
  func append(_ document: ByteBuffer, from source: Source) -> Bool {
    add { this in
      while !this.isOver && this.byteCount >= Self.mostBytes {
        pthread_cond_wait(this.change, this.mutex)
      }
      guard !this.isOver else { return }
      this.batch.documents.append((source, document))
      this.byteCount += document.readableBytes
    }
  }

  /// A tail has ended before its time.
  func fail(_ error: PubSubError) {
    _ = add { $0.batch.failure = $0.batch.failure ?? error }
  }

  /// Whether anybody still wants documents.
  var isWanted: Bool {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    return !isOver
  }

  private func add(_ body: (Arrivals) -> Void) -> Bool {
    pthread_mutex_lock(mutex)
    let wasEmpty = batch.isEmpty
    body(self)
    let isFirst = wasEmpty && !batch.isEmpty && !isOver
    let isWanted = !isOver
    if isFirst { pthread_cond_broadcast(change) }
    pthread_mutex_unlock(mutex)
    if isFirst { wake() }
    return isWanted
  }

  // MARK: From the engine's thread

  /// Takes all that has come.
  ///
  /// - Parameter deadline: until when to wait for something, when nothing is there.
  func take(until deadline: NIODeadline = .distantPast) -> Batch {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    var time = timespec()
    time.tv_sec = Int(deadline.uptimeNanoseconds / 1_000_000_000)
    time.tv_nsec = Int(deadline.uptimeNanoseconds % 1_000_000_000)
    while batch.isEmpty && NIODeadline.now() < deadline {
      pthread_cond_timedwait(change, mutex, &time)
    }
    defer {
      batch = Batch()
      byteCount = 0
      pthread_cond_broadcast(change)
    }
    return batch
  }

  /// Nothing more is wanted.
  func end() {
    pthread_mutex_lock(mutex)
    isOver = true
    batch = Batch()
    pthread_cond_broadcast(change)
    pthread_mutex_unlock(mutex)
  }
}
