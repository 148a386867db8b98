// A response body that its maker writes piece by piece: event streams, generated downloads. The
// maker holds one end, the connection that carries the response the other; both live on the same
// event loop.

import NIOCore

/// The body of a response that is not known when its head is sent. Isolated to `eventLoop`.
///
/// `@unchecked Sendable` because it travels inside a response: everything that changes is touched on
/// `eventLoop` only.
public final class ResponseStream: @unchecked Sendable {
  /// The loop of the request's connection.
  public let eventLoop: any EventLoop
  /// Bytes that have been written and have not left for the client.
  public private(set) var bufferedBytes = 0
  /// Told how many bytes have left since it was told last.
  public var onWritten: ((Int) -> Void)?
  /// Told once when the client has left before ``end()``; never after it.
  public var onClosed: (() -> Void)?

  public init(on eventLoop: any EventLoop) { self.eventLoop = eventLoop }

  /// Queues bytes, which leave at the end of this turn of the loop. Dropped once the stream is closed.
  public func write(_ bytes: ByteBuffer) {}

  /// Ends the response behind what has been written.
  public func end() {}

  /// Ends the connection (over HTTP/2 the stream) at once, whatever has been written.
  public func abort() {}
}
