// Where the load goes: address, endpoint path and namespace, and the bytes that open a connection.

import Foundation
import NIOCore

/// A Socket.IO server's namespace, reached over WebSocket.
public struct Target: Sendable {
  public let host: String
  public let port: Int
  /// Starts with a slash; `/` is the main namespace.
  public let namespace: String
  /// What precedes every packet body: `/bench,`, or nothing for the main namespace.
  let prefix: ByteBuffer
  let upgradeRequest: ByteBuffer
  /// The JSON payload of the CONNECT packet; may be empty.
  let auth: ByteBuffer

  /// - Parameters:
  ///   - url: `http://HOST:PORT`; throws `LoadError.Code.invalidSetting` for anything else.
  ///   - path: of the endpoint, such as `/socket.io/`.
  ///   - auth: JSON for the CONNECT packet, or an empty string.
  public init(url: String, path: String, namespace: String, auth: String) throws {
    guard let parts = URLComponents(string: url), parts.scheme == "http", let host = parts.host
    else { throw LoadError(.invalidSetting, "the URL is http://HOST:PORT, not '\(url)'") }
    guard namespace.hasPrefix("/") else {
      throw LoadError(.invalidSetting, "a namespace starts with a slash, unlike '\(namespace)'")
    }
    self.host = host
    self.port = parts.port ?? 80
    self.namespace = namespace
    self.prefix = ByteBuffer(string: namespace == "/" ? "" : "\(namespace),")
    self.auth = ByteBuffer(string: auth)
    self.upgradeRequest = ByteBuffer(
      string: """
        GET \(path)?EIO=4&transport=websocket HTTP/1.1\r
        Host: \(host):\(self.port)\r
        Connection: Upgrade\r
        Upgrade: websocket\r
        Sec-WebSocket-Version: 13\r
        Sec-WebSocket-Key: cGVyaWdlZS1sb2FkLWdlbg==\r
        \r\n
        """)
  }

  /// The local address for connection `index`, or nothing when any will do.
  ///
  /// One loopback address has about 28,000 ports to offer; spreading the clients over eight
  /// lets the generator open many more.
  func localAddress(for index: Int) throws -> SocketAddress? {
    guard host == "127.0.0.1" else { return nil }
    return try SocketAddress(ipAddress: "127.0.0.\(1 + index % 8)", port: 0)
  }
}
