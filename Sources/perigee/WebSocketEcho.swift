import NIOCore
import RealtimeProtocol
import Transport

/// Serves a WebSocket on one path that sends every message back; leaves the rest to another.
struct WebSocketEcho: HTTPResponder {
  let path: String
  let others: any HTTPResponder

  func respond(to request: HTTPRequest) -> PendingResponse { others.respond(to: request) }

  func openWebSocket(for request: HTTPRequest) -> EventLoopFuture<WebSocketAnswer> {
    guard request.path == path else { return others.openWebSocket(for: request) }
    return request.eventLoop.makeSucceededFuture(
      .accept(subprotocol: nil) { WebSocketEchoReceiver(connection: $0) })
  }
}

private final class WebSocketEchoReceiver: WebSocketReceiver {
  private let connection: WebSocketConnection

  init(connection: WebSocketConnection) { self.connection = connection }

  func received(text: ByteBuffer) { connection.send(text: text) }

  func received(binary: ByteBuffer) { connection.send(binary: binary) }

  func receivedAll() {}

  func closed(_ reason: CloseReason) {}
}
