// What the connections of a server ask: its configuration, its Engine.IO endpoints and its
// responder. Immutable, shared by all event loops.

import Logging
import NIOCore
import NIOHTTP1

/// The server behind its connections.
final class ServerService: Sendable {
  let configuration: ServerConfiguration
  let engine: EngineService
  let logger: Logger
  let responder: any HTTPResponder

  init(
    configuration: ServerConfiguration, engine: EngineService, responder: any HTTPResponder,
    logger: Logger
  ) {
    self.configuration = configuration
    self.engine = engine
    self.responder = responder
    self.logger = logger
  }

  /// The longest body that a request to `path` may have, in bytes.
  func bodyLimit(_ path: String) -> Int {
    engine.serves(path) ? configuration.engine.maxPayload : configuration.maxRequestBody
  }

  /// What the cross-origin policy adds to a response of an Engine.IO endpoint.
  func crossOriginHeaders(for request: HTTPHeaders) -> HTTPHeaders {
    configuration.crossOrigin?.headers(for: request) ?? [:]
  }

  /// Answers a request. Called on `loop`, its own.
  func respond(
    to request: HTTPRequest, isForEngine: Bool, on loop: ServerLoop
  ) -> PendingResponse {
    if isForEngine { return engine.respond(to: request, on: loop) }
    let pending = responder.respond(to: request)
    return PendingResponse(
      future: pending.future.hop(to: loop.eventLoop), abandon: pending.abandon)
  }

  /// What a responder's answer is to the client, whose business its failures are not.
  func response(_ result: Result<HTTPResponse, any Error>) -> HTTPResponse {
    switch result {
    case .success(let response): return response
    case .failure(let error):
      logger.error("A responder failed", metadata: ["error": "\(error)"])
      return .text("Internal Server Error\n", status: .internalServerError)
    }
  }
}
