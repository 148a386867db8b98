// The inflating half of the system's zlib, for data that a peer has sent: what comes out is bounded
// while it comes out, so that a short message that stands for a huge one is never allocated.

import CZlibSystem
import NIOCore
import RealtimeProtocol

/// Inflates raw DEFLATE data (RFC 1951). Belongs to one thread at a time.
final class Inflater {
  private let stream: UnsafeMutablePointer<z_stream>

  init() throws(TransportError) {
    stream = .allocate(capacity: 1)
    stream.initialize(to: z_stream())
    let size = CInt(MemoryLayout<z_stream>.size)
    guard inflateInit2_(stream, -MAX_WBITS, zlibVersion(), size) == Z_OK else {
      throw TransportError(.compressionFailed, "zlib could not be set up")
    }
  }

  deinit {
    inflateEnd(stream)
    stream.deinitialize(count: 1)
    stream.deallocate()
  }

  /// Inflates one message of permessage-deflate (RFC 7692 section 7.2.2).
  ///
  /// - Parameter limit: how many bytes may come out.
  /// - Throws: `messageTooLarge` beyond the limit, `invalidCompression` for what is not DEFLATE or
  ///   ends inside a block.
  func inflate(message: ByteBuffer, limit: Int) throws(ProtocolError) -> ByteBuffer {
    // Some clients' zlib flushes nothing when there was nothing.
    guard message.readableBytes > 0 else { return message }
    inflateReset(stream)
    var output = ByteBuffer()
    var isAtBlockEnd = try inflate(message, into: &output, limit)
    isAtBlockEnd = try inflate(Self.tail, into: &output, limit)
    guard isAtBlockEnd else { throw Self.invalid }
    return output
  }

  /// What a sender leaves out at the end of every message: an empty stored block.
  private static let tail = ByteBuffer(bytes: [0, 0, 0xFF, 0xFF])
  private static let invalid = ProtocolError(
    .invalidCompression, "a message that does not inflate")

  /// - Returns: whether the data ends where a block does.
  private func inflate(
    _ bytes: ByteBuffer, into output: inout ByteBuffer, _ limit: Int
  ) throws(ProtocolError) -> Bool {
    var input = bytes
    var isFull = false
    while input.readableBytes > 0 || isFull {
      let room = min(
        limit - output.readableBytes + 1, max(512, 4 * input.readableBytes, output.readableBytes))
      let result = step(&input, &output, room)
      isFull = stream.pointee.avail_out == 0
      guard output.readableBytes <= limit else {
        throw ProtocolError(
          .messageTooLarge, "a message that inflates to more than \(limit) bytes")
      }
      switch result {
      case Z_OK: break
      case Z_BUF_ERROR where input.readableBytes == 0: break
      case Z_STREAM_END:
        // A final block ends a stream, but not the message (section 7.2.3.4).
        inflateReset(stream)
        isFull = false
        if input.readableBytes == 0 { return true }
      default: throw Self.invalid
      }
    }
    let hasFinishedBlock: CInt = 128
    return stream.pointee.data_type & hasFinishedBlock != 0
  }

  /// Inflates until the input is used up or `room` bytes have come out.
  private func step(
    _ input: inout ByteBuffer, _ output: inout ByteBuffer, _ room: Int
  ) -> CInt {
    var result = Z_OK
    let used = input.withUnsafeMutableReadableBytes { source in
      _ = output.writeWithUnsafeMutableBytes(minimumWritableBytes: room) { target in
        stream.pointee.next_in = source.bindMemory(to: Bytef.self).baseAddress
        stream.pointee.avail_in = uInt(source.count)
        stream.pointee.next_out = target.bindMemory(to: Bytef.self).baseAddress
        stream.pointee.avail_out = uInt(room)
        result = CZlibSystem.inflate(stream, Z_SYNC_FLUSH)
        return room - Int(stream.pointee.avail_out)
      }
      return source.count - Int(stream.pointee.avail_in)
    }
    input.moveReaderIndex(forwardBy: used)
    return result
  }
}
