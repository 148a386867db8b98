// Which handlers a connection gets: HTTP/1 when it is plain; TLS, then HTTP/1 or HTTP/2 as agreed,
// when the server has a certificate. Shared by all event loops.

import NIOCore
import NIOHTTP1
import NIOSSL

/// Puts the handlers of connections together.
struct ServerPipeline: Sendable {
  let service: ServerService
  /// `nil` serves plain HTTP/1.
  let tls: ServerTLS?

  /// Gives a new connection its handlers. Called on `loop`, its own.
  func configure(_ channel: any Channel, on loop: ServerLoop) throws {
    guard let tls else { return try addHTTP1(to: channel, on: loop, isSecure: false) }
    let negotiation = TLSNegotiationHandler(
      channel: channel, loop: loop, timeout: service.configuration.requestTimeout
    ) { agreement in
      switch agreement {
      case .http1: try addHTTP1(to: channel, on: loop, isSecure: true)
      case .http2: try addHTTP2(to: channel, on: loop)
      }
    }
    // Allowed to close by half, the TLS handler never sees a shutdown through: it waits for its
    // timeout even when the client has agreed.
    try channel.syncOptions?.setOption(.allowRemoteHalfClosure, value: false)
    try channel.pipeline.syncOperations.addHandlers(
      PlaintextGuard(), NIOSSLServerHandler(context: tls.context), negotiation)
  }

  private func addHTTP1(to channel: any Channel, on loop: ServerLoop, isSecure: Bool) throws {
    let decoder = service.configuration.makeRequestDecoder()
    let connection = HTTPConnectionHandler(
      service: service, loop: loop, decoder: decoder, isSecure: isSecure)
    try channel.pipeline.syncOperations.addHandlers(
      ReadyFileHandler(connection: connection), decoder, connection)
  }

  private func addHTTP2(to channel: any Channel, on loop: ServerLoop) throws {
    let connection = HTTP2ConnectionHandler(service: service, loop: loop)
    try channel.pipeline.syncOperations.addHandlers(
      TurnFlushHandler(loop: loop), connection.makeMultiplexer(), connection)
  }
}
