// Sends a file where the kernel cannot: through TLS, in HTTP/2 frames. Reads it on a thread pool,
// a piece when the one before is on its way, so that a file of any length takes little memory.

import NIOCore
import NIOPosix

/// Reads one file into one response. Isolated to the stream's event loop.
final class FileFeeder {
  /// Bytes that are read at a time.
  private static let pieceLength = 128 * 1024
  private static let io = NonBlockingFileIO(threadPool: .singleton)

  private let stream: ResponseStream
  private let slice: FileSlice
  private var position = 0
  private var isReading = false

  private init(_ slice: FileSlice, _ stream: ResponseStream) {
    self.slice = slice
    self.stream = stream
  }

  /// A stream that carries a slice of a file, and ends as aborted if the file has become shorter.
  static func stream(of slice: FileSlice, on eventLoop: any EventLoop) -> ResponseStream {
    let stream = ResponseStream(on: eventLoop)
    let feeder = FileFeeder(slice, stream)
    stream.needsClient = false
    stream.onWritten = { _ in feeder.readAhead() }
    feeder.readAhead()
    return stream
  }

  private func readAhead() {
    guard !isReading, position < slice.length, stream.bufferedBytes <= Self.pieceLength else {
      return
    }
    isReading = true
    Self.io.read(
      fileHandle: slice.file.handle, fromOffset: Int64(slice.offset + position),
      byteCount: min(Self.pieceLength, slice.length - position),
      allocator: ByteBufferAllocator(), eventLoop: stream.eventLoop
    )
    .assumeIsolatedUnsafeUnchecked().whenComplete { self.read($0) }
  }

  private func read(_ result: Result<ByteBuffer, any Error>) {
    isReading = false
    // Whoever has left wants no more of it.
    guard stream.isOpen else { return }
    guard case .success(let bytes) = result, bytes.readableBytes > 0 else { return stream.abort() }
    position += bytes.readableBytes
    stream.write(bytes)
    if position == slice.length { stream.end() } else { readAhead() }
  }
}
