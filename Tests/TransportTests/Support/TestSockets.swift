import NIOCore
import NIOHTTP1
import RealtimeProtocol
import Transport

/// Serves WebSockets on `/socket`, refuses them elsewhere, and tells why they end.
final class SocketResponder: HTTPResponder {
  private let onText: @Sendable (WebSocketConnection, ByteBuffer) -> Void
  private let reasons: AsyncStream<CloseReason>
  private let continuation: AsyncStream<CloseReason>.Continuation

  /// - Parameter onText: what becomes of a text message; it is sent back unless said otherwise.
  init(
    onText: @escaping @Sendable (WebSocketConnection, ByteBuffer) -> Void = { $0.send(text: $1) }
  ) {
    self.onText = onText
    (reasons, continuation) = AsyncStream.makeStream()
  }

  func respond(to request: HTTPRequest) -> PendingResponse {
    TestResponder().respond(to: request)
  }

  func openWebSocket(for request: HTTPRequest) -> EventLoopFuture<WebSocketAnswer> {
    guard request.path == "/socket" else {
      return request.eventLoop.makeSucceededFuture(.refuse(.text("members only")))
    }
    let asked = request.headers.first(name: "sec-websocket-protocol")
    return request.eventLoop.makeSucceededFuture(
      .accept(subprotocol: asked) { [onText, continuation] connection in
        SocketReceiver(
          connection: connection, onText: onText, onClose: { continuation.yield($0) })
      })
  }

  func nextReason() async -> CloseReason? {
    var iterator = reasons.makeAsyncIterator()
    return await iterator.next()
  }
}

final class SocketReceiver: WebSocketReceiver {
  private let connection: WebSocketConnection
  private let onText: (WebSocketConnection, ByteBuffer) -> Void
  private let onClose: (CloseReason) -> Void

  init(
    connection: WebSocketConnection,
    onText: @escaping (WebSocketConnection, ByteBuffer) -> Void,
    onClose: @escaping (CloseReason) -> Void
  ) {
    self.connection = connection
    self.onText = onText
    self.onClose = onClose
  }

  func received(text: ByteBuffer) { onText(connection, text) }

  func received(binary: ByteBuffer) { connection.send(binary: binary) }

  func receivedAll() {}

  func closed(_ reason: CloseReason) { onClose(reason) }
}

extension TestServer {
  /// Opens a WebSocket that is not Engine.IO's.
  func connectPlainWebSocket(to path: String = "/socket") async throws -> RawClient {
    let client = try await connect()
    try await client.requestUpgrade(path)
    _ = try await client.response()
    return client
  }
}

extension RawClient {
  /// Asks for a WebSocket; `headers` replace and add to those of the handshake.
  func requestUpgrade(_ target: String, headers: [String: String] = [:]) async throws {
    let handshake = [
      "connection": "keep-alive, Upgrade", "upgrade": "websocket",
      "sec-websocket-version": "13", "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
    ]
    try await request("GET", target, headers: handshake.merging(headers) { $1 })
  }
}
