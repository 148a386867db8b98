// Looks at a file while the kernel sends a piece of it: when there is less of it than that, the kernel would be
// asked for the rest for ever.

import NIOCore

/// The watch over one piece. Isolated to the event loop that writes it.
final class FileWatch {
  private static let interval = TimeAmount.seconds(1)

  private let piece: FileSlice
  private let eventLoop: any EventLoop
  private let tooShort: () -> Void
  private var next: Scheduled<Void>?

  /// - Parameter tooShort: called when the file does not hold the piece any more.
  init(over piece: FileSlice, on eventLoop: any EventLoop, tooShort: @escaping () -> Void) {
    self.piece = piece
    self.eventLoop = eventLoop
    self.tooShort = tooShort
    schedule()
  }

  /// The piece has left, or will not.
  func end() { next?.cancel() }

  private func schedule() {
    next = eventLoop.assumeIsolatedUnsafeUnchecked().scheduleTask(in: Self.interval) { self.look() }
  }

  private func look() {
    if piece.isWhole { schedule() } else { tooShort() }
  }
}
