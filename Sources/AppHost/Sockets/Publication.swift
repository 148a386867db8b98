import LuaRuntime
import NIOCore
import PubSub
import RealtimeProtocol

/// One message of a channel, as it is kept and sent.
final class Publication: Sendable {
  /// The channel's name, without its namespace.
  let channel: String
  let position: Position
  /// The message as JSON text.
  let message: ByteBuffer
  /// What the message's placeholders stand for.
  let attachments: [EncodedMessage]

  init(
    channel: String, position: Position, message: ByteBuffer, attachments: [EncodedMessage] = []
  ) {
    self.channel = channel
    self.position = position
    self.message = message
    self.attachments = attachments
  }

  /// What it weighs in a history, in bytes.
  static func size(message: ByteBuffer, attachments: [EncodedMessage]) -> Int {
    attachments.reduce(message.readableBytes + 200) { $0 + $1.frame.readableBytes }
  }
}
