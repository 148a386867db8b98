import NIOCore

/// The payload of one Engine.IO message packet, without its leading `4`.
public enum EngineMessage: Sendable, Equatable {
  /// Text; over WebSocket it has been checked to be UTF-8, over polling it has not.
  case text(ByteBuffer)
  /// Bytes as they are, whatever way they travelled.
  case binary(ByteBuffer)
}
