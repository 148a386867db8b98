// Who has which publication: shared by the subscribers and publishers of a fan-out on all loops.

import NIOCore
import Synchronization

/// The publications in flight of every publisher.
final class Ledger: Sendable {
  /// One publication in flight; its place is used again once all subscribers have it.
  final class Entry: Sendable {
    private let sentAtNanoseconds = Atomic<UInt64>(0)
    private let missing = Atomic<Int>(0)

    func begin(at time: NIODeadline, audience: Int) {
      sentAtNanoseconds.store(time.uptimeNanoseconds, ordering: .relaxed)
      missing.store(audience, ordering: .releasing)
    }

    var sentAt: NIODeadline {
      .uptimeNanoseconds(sentAtNanoseconds.load(ordering: .relaxed))
    }

    /// Notes one delivery; true when it was the last.
    func deliver() -> Bool {
      missing.subtract(1, ordering: .acquiringAndReleasing).newValue == 0
    }

    var deliveriesMissing: Int { missing.load(ordering: .acquiring) }
  }

  private let entries: [[Entry]]
  private let publishers: Mutex<[Int: Seat<Publisher>]> = Mutex([:])

  init(publishers: Int, inFlight: Int) {
    self.entries = (0..<publishers).map { _ in (0..<inFlight).map { _ in Entry() } }
  }

  var publisherCount: Int { entries.count }

  func entry(for token: Token) -> Entry? {
    guard entries.indices.contains(token.sender) else { return nil }
    return entries[token.sender][token.number % entries[token.sender].count]
  }

  func deliveriesMissing(of publisher: Int) -> Int {
    entries[publisher].reduce(0) { $0 + max(0, $1.deliveriesMissing) }
  }

  func register(_ publisher: Seat<Publisher>, as index: Int) {
    publishers.withLock { $0[index] = publisher }
  }

  /// Tells the publisher, on its own loop, that all subscribers have a publication.
  func complete(_ token: Token) {
    guard let publisher = publishers.withLock({ $0[token.sender] }) else { return }
    if publisher.eventLoop.inEventLoop {
      publisher.value.completed(token.number)
    } else {
      publisher.eventLoop.execute { publisher.value.completed(token.number) }
    }
  }
}
