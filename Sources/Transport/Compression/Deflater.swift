// The compressing half of the system's zlib. One deflater serves many messages, one after another;
// each begins anew, so nothing of one shows in the next.

import CZlibSystem
import NIOCore

/// A compressor. Belongs to one thread at a time.
final class Deflater {
  /// What stands around the compressed data.
  enum Format {
    /// RFC 1952.
    case gzip
    /// RFC 1951 alone, with a window of 2^`windowBits` bytes (9 to 15).
    case raw(windowBits: Int)

    fileprivate var windowBits: CInt {
      switch self {
      case .gzip: 15 + 16
      case .raw(let bits): -CInt(bits)
      }
    }
  }

  private let stream: UnsafeMutablePointer<z_stream>

  /// - Parameter level: from 1, the fastest, to 9, the tightest.
  init(_ format: Format, level: CInt) throws(TransportError) {
    stream = .allocate(capacity: 1)
    stream.initialize(to: z_stream())
    let size = CInt(MemoryLayout<z_stream>.size)
    let result = deflateInit2_(
      stream, level, Z_DEFLATED, format.windowBits, 8, Z_DEFAULT_STRATEGY, zlibVersion(), size)
    guard result == Z_OK else {
      throw TransportError(.compressionFailed, "zlib could not be set up")
    }
  }

  deinit {
    deflateEnd(stream)
    stream.deinitialize(count: 1)
    stream.deallocate()
  }

  /// Compresses `bytes` to their end: a whole gzip member, or a final block.
  func finish(_ bytes: ByteBuffer) throws(TransportError) -> ByteBuffer {
    try run(bytes, Z_FINISH) { $0 == Z_STREAM_END }
  }

  /// Compresses `bytes` up to an empty stored block, whose end is a whole byte's.
  func synchronise(_ bytes: ByteBuffer) throws(TransportError) -> ByteBuffer {
    try run(bytes, Z_SYNC_FLUSH) { $0 == Z_OK }
  }

  private func run(
    _ bytes: ByteBuffer, _ flush: CInt, _ isDone: (CInt) -> Bool
  ) throws(TransportError) -> ByteBuffer {
    defer { deflateReset(stream) }
    // The bound holds for one final block; a flush takes a few bytes more.
    let bound = Int(deflateBound(stream, uLong(bytes.readableBytes))) + 16
    var input = bytes
    var compressed = ByteBuffer()
    var result = Z_OK
    _ = input.withUnsafeMutableReadableBytes { source in
      compressed.writeWithUnsafeMutableBytes(minimumWritableBytes: bound) { target in
        stream.pointee.next_in = source.bindMemory(to: Bytef.self).baseAddress
        stream.pointee.avail_in = uInt(source.count)
        stream.pointee.next_out = target.bindMemory(to: Bytef.self).baseAddress
        stream.pointee.avail_out = uInt(target.count)
        result = deflate(stream, flush)
        return target.count - Int(stream.pointee.avail_out)
      }
    }
    guard isDone(result), stream.pointee.avail_in == 0, stream.pointee.avail_out > 0 else {
      throw TransportError(.compressionFailed, "zlib did not finish")
    }
    return compressed
  }
}
