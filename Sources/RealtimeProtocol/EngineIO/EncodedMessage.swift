// One Engine.IO message, encoded once for every wire. Fan-out shares it: a WebSocket member is
// sent `frame` as it is, a polling member is sent `packet` (base64 when binary).

import NIOCore

/// An outgoing Engine.IO message in its final bytes; copying it copies a reference.
public struct EncodedMessage: Sendable {
  /// The whole unmasked WebSocket frame: header, then `4` and the text, or the bare bytes.
  public let frame: ByteBuffer
  /// Where the payload begins in `frame`, counted from its reader index.
  public let headerSize: Int
  /// Whether this is a binary message.
  public let isBinary: Bool

  /// Encodes a text message.
  ///
  /// - Parameters:
  ///   - length: how many bytes `write` is going to append.
  ///   - write: appends the text (a Socket.IO packet); the frame header and the `4` stand before.
  public init(text length: Int, write: (inout ByteBuffer) -> Void) {
    var buffer = ByteBuffer()
    buffer.reserveCapacity(WebSocketFrameHeader.size(payloadLength: length + 1) + 1 + length)
    TextFrame.write(length: length, into: &buffer, write)
    frame = buffer
    headerSize = WebSocketFrameHeader.size(ofUnmaskedFrame: buffer)
    isBinary = false
  }

  /// Encodes a binary message.
  public init(binary bytes: ByteBuffer) {
    let size = WebSocketFrameHeader.size(payloadLength: bytes.readableBytes)
    var buffer = ByteBuffer()
    buffer.reserveCapacity(size + bytes.readableBytes)
    WebSocketFrameHeader.write(.binary, payloadLength: bytes.readableBytes, into: &buffer)
    buffer.writeImmutableBuffer(bytes)
    frame = buffer
    headerSize = size
    isBinary = true
  }

  /// The Engine.IO packet as WebSocket carries it: `4…` for text, the bytes for binary.
  public var packet: ByteBuffer {
    frame.getSlice(
      at: frame.readerIndex + headerSize, length: frame.readableBytes - headerSize) ?? ByteBuffer()
  }
}

/// Writes Engine.IO text messages as WebSocket frames.
public enum TextFrame {
  /// Appends a frame that holds `4` and the `length` bytes that `write` appends.
  ///
  /// The length goes before the text, so `write` must keep to it. Should it not, the frame is
  /// written anew with the true length: the stream stays sound, at the price of a copy.
  public static func write(
    length: Int, into buffer: inout ByteBuffer, _ write: (inout ByteBuffer) -> Void
  ) {
    let start = buffer.writerIndex
    begin(length: length, into: &buffer)
    let body = buffer.writerIndex
    write(&buffer)
    let written = buffer.writerIndex - body
    guard written != length else { return }
    let text = buffer.getSlice(at: body, length: max(0, written)) ?? ByteBuffer()
    buffer.moveWriterIndex(to: start)
    begin(length: text.readableBytes, into: &buffer)
    buffer.writeImmutableBuffer(text)
  }

  private static func begin(length: Int, into buffer: inout ByteBuffer) {
    let mark = EnginePacketType.message.rawValue
    if length + 1 < 126 {
      buffer.writeMultipleIntegers(0x81 as UInt8, UInt8(length + 1), mark)
    } else {
      WebSocketFrameHeader.write(.text, payloadLength: length + 1, into: &buffer)
      buffer.writeInteger(mark)
    }
  }
}
