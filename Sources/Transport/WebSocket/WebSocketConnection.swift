// A WebSocket that is not Engine.IO's: messages in and out for one receiver.

import NIOCore
import NIOHTTP1
import RealtimeProtocol

/// What a request for a WebSocket gets from a responder.
public enum WebSocketAnswer: Sendable {
  /// Stays HTTP.
  case refuse(HTTPResponse)
  /// Becomes a WebSocket; `open` is called on its event loop once it can be written to.
  case accept(
    subprotocol: String?, open: @Sendable (WebSocketConnection) -> any WebSocketReceiver)
}

/// The user of one WebSocket. All calls come on the connection's event loop.
public protocol WebSocketReceiver: AnyObject {
  /// A text message, which is UTF-8.
  func received(text: ByteBuffer)
  func received(binary: ByteBuffer)
  /// The end of one channel read.
  func receivedAll()
  /// The WebSocket has ended. Exactly once, and nothing comes after.
  func closed(_ reason: CloseReason)
}

/// One open WebSocket. Isolated to `eventLoop`, the loop of its request.
///
/// `@unchecked Sendable` because it is handed over inside an answer: everything that changes is
/// touched on `eventLoop` only.
public final class WebSocketConnection: @unchecked Sendable {
  public let eventLoop: any EventLoop

  init(eventLoop: any EventLoop) { self.eventLoop = eventLoop }

  /// Bytes that wait for the kernel to take them.
  public var bufferedBytes: Int { 0 }
  /// Whether the kernel takes what is sent.
  public var isReady: Bool { true }

  /// Queues a text message, which leaves at the end of this turn of the loop. A client that does not
  /// take what it gets is closed as a slow consumer.
  public func send(text: ByteBuffer) {}

  /// Queues a whole unmasked frame that several connections share.
  public func send(frame: ByteBuffer) {}

  /// Sends what is queued, then a close frame with the reason's code and this text (at most 123
  /// bytes; the reason's own text without one).
  public func close(_ reason: CloseReason, message: String? = nil) {}
}
