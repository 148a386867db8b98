// Writes the heads of HTTP/1 responses (RFC 9112): a status line and fields, in one buffer that a
// short body can follow. Values that would break the framing are made harmless.

import NIOCore
import NIOHTTP1

/// What the head of a response says besides its own headers.
struct ResponseHead {
  /// What ends a body (RFC 9112 section 6.3).
  enum Framing {
    /// There is no body, or the end of the connection ends it.
    case unsaid
    /// So many bytes.
    case length(Int)
    /// An empty chunk.
    case chunked
  }

  let status: HTTPResponseStatus
  let headers: HTTPHeaders
  /// How the client finds the end of the body that follows, or would follow a GET.
  let framing: Framing
  let isKeptAlive: Bool
  /// Whether the client speaks HTTP/1.0, to which keeping alive must be said.
  let isHTTP10: Bool

  func write(into buffer: inout ByteBuffer) {
    buffer.writeStaticString("HTTP/1.1 ")
    buffer.writeString("\(status.code) ")
    buffer.writeString(status.reasonPhrase)
    buffer.writeStaticString("\r\n")
    for (name, value) in headers where FieldSyntax.isToken(name) && !Self.isFraming(name) {
      buffer.writeString(name)
      buffer.writeStaticString(": ")
      buffer.writeString(FieldSyntax.harmless(value))
      buffer.writeStaticString("\r\n")
    }
    switch framing {
    case .unsaid: break
    case .length(let length): buffer.writeString("content-length: \(length)\r\n")
    case .chunked: buffer.writeStaticString("transfer-encoding: chunked\r\n")
    }
    if status == .switchingProtocols {
      buffer.writeStaticString("connection: Upgrade\r\n")
    } else if !isKeptAlive {
      buffer.writeStaticString("connection: close\r\n")
    } else if isHTTP10 {
      buffer.writeStaticString("connection: keep-alive\r\n")
    }
    buffer.writeStaticString("\r\n")
  }

  /// Fields that the connection decides.
  private static func isFraming(_ name: String) -> Bool {
    switch name.utf8.count {
    case 10: name.lowercased() == "connection"
    case 14: name.lowercased() == "content-length"
    case 17: name.lowercased() == "transfer-encoding"
    default: false
    }
  }
}
