import NIOCore
import RealtimeProtocol

/// The user of one WebSocket. All calls come on the connection's event loop.
public protocol WebSocketReceiver: OutboundKeeper {
  /// A text message, which is UTF-8.
  func received(text: ByteBuffer)

  /// A binary message.
  func received(binary: ByteBuffer)

  /// The end of one read.
  func receivedAll()

  /// The WebSocket has ended. Exactly once, and nothing comes after.
  func closed(_ reason: CloseReason)
}
