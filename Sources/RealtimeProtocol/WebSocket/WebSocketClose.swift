import NIOCore

/// The payload of close frames (RFC 6455 section 5.5.1): nothing, or a code and a reason.
public enum WebSocketClose {
  /// Why a peer's close payload is not acceptable, if it is not.
  static func check(_ payload: ByteBuffer) throws(ProtocolError) {
    guard payload.readableBytes > 0 else { return }
    guard let code = code(of: payload), code.maySend else {
      throw ProtocolError(.invalidFrame, "a close frame without a valid code")
    }
    var validator = UTF8Validator()
    let isText = payload.withUnsafeReadableBytes { bytes in
      validator.consume(UnsafeRawBufferPointer(rebasing: bytes.dropFirst(2)))
    }
    guard isText, validator.isComplete else {
      throw ProtocolError(.invalidUTF8, "a close reason that is not UTF-8")
    }
  }

  /// The code that a close payload begins with.
  public static func code(of payload: ByteBuffer) -> WebSocketCloseCode? {
    payload.getInteger(at: payload.readerIndex, as: UInt16.self).map(WebSocketCloseCode.init)
  }

  /// A whole close frame, as a server sends it.
  ///
  /// - Parameters:
  ///   - code: `nil` makes an empty payload.
  ///   - reason: cut to the 123 bytes that fit, at a character's border.
  public static func frame(code: WebSocketCloseCode?, reason: String = "") -> ByteBuffer {
    var buffer = ByteBuffer()
    guard let code else {
      WebSocketFrameHeader.write(.close, payloadLength: 0, into: &buffer)
      return buffer
    }
    var text = Substring(reason)
    while text.utf8.count > 123 { text.removeLast() }
    WebSocketFrameHeader.write(.close, payloadLength: 2 + text.utf8.count, into: &buffer)
    buffer.writeInteger(code.rawValue)
    buffer.writeSubstring(text)
    return buffer
  }
}
