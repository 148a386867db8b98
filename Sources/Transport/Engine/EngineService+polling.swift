// Requests of the polling transport: who gets a session, and which session a request is for.

import NIOCore
import NIOHTTP1
import RealtimeProtocol

extension EngineService {
  /// Answers a request of the polling transport. Called on `loop`, the request's own.
  func respond(to request: HTTPRequest, on loop: ServerLoop) -> PendingResponse {
    if request.method == .OPTIONS, let policy = configuration.crossOrigin {
      return .now(policy.preflightResponse(to: request.headers), on: loop)
    }
    do throws(EngineError) {
      let asked = try EngineRequest(
        method: request.method.rawValue, uri: request.uri, isWebSocket: false)
      switch asked {
      case .open: return open(request, on: loop)
      case .poll(let sid, let stamp):
        guard let session = session(sid, for: request) else { return try relay(request, of: sid) }
        return poll(session, stamp, for: request, on: loop)
      case .post(let sid, let stamp):
        guard let session = session(sid, for: request) else { return try relay(request, of: sid) }
        return post(request.body, stamp, to: session, on: loop)
      case .upgrade: throw .badRequest
      }
    } catch {
      return .now(.refusal(error), on: loop)
    }
  }

  private func open(_ request: HTTPRequest, on loop: ServerLoop) -> PendingResponse {
    guard let mounted = endpoints[request.path] else {
      return .now(.refusal(.badRequest), on: loop)
    }
    let handshake = handshake(request, mounted.path, .polling)
    switch mounted.endpoint.admit(handshake) {
    case .admitted: return .now(begin(handshake, at: mounted.endpoint, on: loop), on: loop)
    case .refused(let rejection): return .now(.refusal(rejection), on: loop)
    case .pending(let decision):
      let applicant = NIOLoopBoundBox(true, eventLoop: loop.eventLoop)
      let response = decision.hop(to: loop.eventLoop).map { rejection in
        if let rejection { return HTTPResponse.refusal(rejection) }
        guard applicant.value else { return .refusal(.badRequest) }
        return self.begin(handshake, at: mounted.endpoint, on: loop)
      }
      return PendingResponse(future: response) { applicant.value = false }
    }
  }

  /// Begins a session whose client has been admitted.
  private func begin(
    _ handshake: Handshake, at endpoint: any EngineEndpoint, on loop: ServerLoop
  ) -> HTTPResponse {
    let connection = EngineConnection(handshake: handshake, engine: self, loop: loop)
    var response = connection.start(endpoint)
    response.headers.add(contentsOf: cookieHeaders(of: connection))
    return response
  }

  private func poll(
    _ connection: EngineConnection, _ stamp: String?, for request: HTTPRequest,
    on loop: ServerLoop
  ) -> PendingResponse {
    let promise = loop.eventLoop.makePromise(of: HTTPResponse.self)
    connection.onLoop { $0.pollArrived(stamp, promise) }
    return PendingResponse(future: compressed(promise.futureResult, for: request)) {
      connection.onLoop { $0.pollAborted(promise) }
    }
  }

  /// Payloads of fewer bytes are not compressed, whatever is configured.
  private static let minCompressed = 1_024

  private func compressed(
    _ response: EventLoopFuture<HTTPResponse>, for request: HTTPRequest
  ) -> EventLoopFuture<HTTPResponse> {
    guard let threshold = configuration.compressionThreshold else { return response }
    let accepted = request.headers.first(name: "accept-encoding")
    let eventLoop = response.eventLoop
    return response.flatMap {
      $0.compressed(
        from: max(threshold, Self.minCompressed), for: accepted, on: eventLoop)
    }
  }

  private func post(
    _ body: ByteBuffer, _ stamp: String?, to connection: EngineConnection, on loop: ServerLoop
  ) -> PendingResponse {
    let promise = loop.eventLoop.makePromise(of: HTTPResponse.self)
    connection.onLoop { $0.postArrived(body, stamp, promise) }
    return PendingResponse(future: promise.futureResult)
  }
}
