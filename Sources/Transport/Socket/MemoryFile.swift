// Bytes in a file that lies in memory and has no name any more: the kernel sends its pages as they
// are, where it would copy a program's memory first.

import Atomics
import Glibc
import NIOCore

/// A file in memory, closed with its last user. Never changed once it has been made.
final class MemoryFile: Sendable {
  /// How many there may be at a time: each takes a descriptor, which connections need too.
  private static let limit = 256
  private static let count = ManagedAtomic(0)
  private static let names = ManagedAtomic(0)

  let descriptor: CInt

  /// - Returns: `nil` if there are enough, or the system refuses one.
  init?(_ bytes: ByteBuffer) {
    guard Self.count.loadThenWrappingIncrement(ordering: .relaxed) < Self.limit,
      let descriptor = Self.make(bytes)
    else {
      Self.count.wrappingDecrement(ordering: .relaxed)
      return nil
    }
    self.descriptor = descriptor
  }

  deinit {
    close(descriptor)
    Self.count.wrappingDecrement(ordering: .relaxed)
  }

  private static func make(_ bytes: ByteBuffer) -> CInt? {
    let name = "/perigee-\(getpid())-\(names.loadThenWrappingIncrement(ordering: .relaxed))"
    let descriptor = shm_open(name, O_RDWR | O_CREAT | O_EXCL, S_IRUSR | S_IWUSR)
    guard descriptor >= 0 else { return nil }
    shm_unlink(name)
    let written = bytes.withUnsafeReadableBytes { pwrite(descriptor, $0.baseAddress, $0.count, 0) }
    if written == bytes.readableBytes { return descriptor }
    close(descriptor)
    return nil
  }
}
