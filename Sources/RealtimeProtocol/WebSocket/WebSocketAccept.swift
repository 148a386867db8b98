import NIOCore

/// The key exchange of the opening handshake (RFC 6455 section 4.2.2).
public enum WebSocketAccept {
  private static let suffix = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"

  /// The `Sec-WebSocket-Accept` that answers a `Sec-WebSocket-Key`; `nil` when the key is not
  /// 16 bytes in base64.
  public static func value(forKey key: String) -> String? {
    guard key.utf8.count == 24, Base64.decode(ByteBuffer(string: key))?.readableBytes == 16 else {
      return nil
    }
    var encoded = ByteBuffer()
    Base64.encode(ByteBuffer(bytes: SHA1.digest(Array((key + suffix).utf8))), into: &encoded)
    return String(buffer: encoded)
  }
}
