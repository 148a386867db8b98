import NIOConcurrencyHelpers
import NIOCore

/// A response that was made once for many requests: its head, and its body behind it.
final class ReadyResponse: Sendable {
  private enum Copy {
    case unmade
    case made(MemoryFile?)
  }

  /// From this length on, letting the kernel send from a file costs less than copying.
  static let longLength = 32 * 1024

  let bytes: ByteBuffer
  private let copy = NIOLockedValueBox(Copy.unmade)

  init(_ bytes: ByteBuffer) { self.bytes = bytes }

  var isLong: Bool { bytes.readableBytes >= Self.longLength }

  /// The same bytes for the kernel, made when they are first asked for; `nil` if there is no file to
  /// be had for them.
  var file: MemoryFile? {
    copy.withLockedValue { copy in
      if case .made(let file) = copy { return file }
      let file = MemoryFile(bytes)
      copy = .made(file)
      return file
    }
  }
}
