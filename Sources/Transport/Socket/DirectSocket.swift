// The TCP socket under a channel, for writers whose bytes nobody between them and the socket changes.
// A message that the kernel takes at once does not pass the pipeline and the channel's queue, which
// cost as much again as the system call. What the kernel does not take goes the usual way.

import Glibc
import NIOCore
import NIOPosix

/// Writes straight to the socket of a plain TCP channel. Isolated to the channel's event loop.
struct DirectSocket {
  private let channel: any Channel
  /// It means another connection as soon as this one is closed.
  let descriptor: NIOBSDSocket.Handle
  /// Whether the channel may still hold bytes, which must go first.
  private var mayHold = true

  /// nil if the channel is no TCP connection.
  ///
  /// - Precondition: nothing in the pipeline changes what is written.
  init?(_ channel: any Channel) {
    let pipeline = channel.pipeline.syncOperations
    let found = try? pipeline.withUnsafeTransportIfAvailable { (handle: NIOBSDSocket.Handle) in
      handle
    }
    guard let handle = found ?? nil else { return nil }
    self.channel = channel
    descriptor = handle
  }

  /// Writes what the kernel takes now.
  ///
  /// - Parameter file: holds the same bytes, for the kernel to take them from.
  /// - Returns: what is left and must be written to the channel; nil if that is nothing.
  mutating func write(_ bytes: ByteBuffer, from file: MemoryFile? = nil) -> ByteBuffer? {
    guard isFree else { return bytes }
    let written: Int
    if let file {
      var start: off_t = 0
      written = sendfile(descriptor, file.descriptor, &start, bytes.readableBytes)
    } else {
      written = bytes.withUnsafeReadableBytes {
        send(descriptor, $0.baseAddress, $0.count, CInt(MSG_DONTWAIT) | CInt(MSG_NOSIGNAL))
      }
    }
    if written == bytes.readableBytes { return nil }
    mayHold = true
    var rest = bytes
    rest.moveReaderIndex(forwardBy: max(0, written))
    return rest
  }

  /// Reads what is there, as much as the buffer has room for.
  /// - Returns: how many bytes; none if there are none, or the other side has ended its own.
  func read(into buffer: inout ByteBuffer) throws(IOError) -> Int {
    guard channel.isActive else { return 0 }
    var code: CInt = 0
    let count = buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: 0) {
      let count = recv(descriptor, $0.baseAddress, $0.count, CInt(MSG_DONTWAIT))
      if count < 0 { code = errno }
      return max(0, count)
    }
    if code == 0 || code == EAGAIN || code == EINTR { return count }
    throw IOError(errnoCode: code, reason: "recv")
  }

  /// Something is written to the channel itself.
  mutating func yield() { mayHold = true }

  private var isFree: Bool {
    mutating get {
      guard channel.isActive else { return false }
      if mayHold {
        let held = try? channel.syncOptions?.getOption(.bufferedWritableBytes)
        mayHold = held != 0
      }
      return !mayHold
    }
  }
}
