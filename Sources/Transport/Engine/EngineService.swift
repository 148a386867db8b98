// The Engine.IO endpoints of a server: which path is whose, which request is what, and on which
// event loop its session lives. Shared by all loops; HTTPConnectionHandler calls it.

import NIOCore
import NIOHTTP1
import RealtimeProtocol

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Serves the requests of every Engine.IO endpoint.
final class EngineService: Sendable {
  let configuration: ServerConfiguration
  let sessions = SessionTable()
  private let endpoints: [String: Mounted]

  private struct Mounted: Sendable {
    let path: String
    let endpoint: any EngineEndpoint
  }

  init(
    configuration: ServerConfiguration, endpoints: [(path: String, endpoint: any EngineEndpoint)]
  ) {
    self.configuration = configuration
    var mounted: [String: Mounted] = [:]
    for (path, endpoint) in endpoints {
      let name = path.hasSuffix("/") ? String(path.dropLast()) : path
      mounted[name] = Mounted(path: path, endpoint: endpoint)
      mounted[name + "/"] = Mounted(path: path, endpoint: endpoint)
    }
    self.endpoints = mounted
  }

  /// Whether requests to `path` belong here.
  func serves(_ path: String) -> Bool { endpoints[path] != nil }

  // MARK: Polling

  /// Answers a request of the polling transport. Called on `loop`, the request's own.
  func respond(to request: HTTPRequest, on loop: ServerLoop) -> PendingResponse {
    if request.method == .OPTIONS, let policy = configuration.crossOrigin {
      return .now(policy.preflightResponse(to: request.headers), on: loop)
    }
    do throws(EngineError) {
      let asked = try EngineRequest(
        method: request.method.rawValue, uri: request.uri, isWebSocket: false)
      switch asked {
      case .open: return .now(open(request, on: loop), on: loop)
      case .poll(let sid): return poll(try session(sid, for: request), on: loop)
      case .post(let sid): return post(request.body, to: try session(sid, for: request), on: loop)
      case .upgrade: throw .badRequest
      }
    } catch {
      return .now(.refusal(error), on: loop)
    }
  }

  /// The session with an id, if it was opened on the endpoint that `request` names.
  private func session(
    _ id: String, for request: HTTPRequest
  ) throws(EngineError) -> EngineConnection {
    guard let session = sessions[id], session.handshake.path == endpoints[request.path]?.path
    else { throw .unknownSession }
    return session
  }

  private func open(_ request: HTTPRequest, on loop: ServerLoop) -> HTTPResponse {
    guard let mounted = endpoints[request.path] else { return .refusal(.badRequest) }
    let handshake = handshake(request, mounted.path, .polling)
    if case .refused(let rejection) = mounted.endpoint.admit(handshake) {
      return .refusal(.forbidden, message: rejection.message)
    }
    let connection = EngineConnection(handshake: handshake, engine: self, loop: loop)
    var response = connection.start(mounted.endpoint)
    if let cookie = configuration.cookie {
      response.headers.add(name: "set-cookie", value: cookie.header(sid: connection.id))
    }
    return response
  }

  private func poll(_ connection: EngineConnection, on loop: ServerLoop) -> PendingResponse {
    let promise = loop.eventLoop.makePromise(of: HTTPResponse.self)
    connection.onLoop { $0.pollArrived(promise) }
    return PendingResponse(future: promise.futureResult) {
      connection.onLoop { $0.pollAborted(promise) }
    }
  }

  private func post(
    _ body: ByteBuffer, to connection: EngineConnection, on loop: ServerLoop
  ) -> PendingResponse {
    let promise = loop.eventLoop.makePromise(of: HTTPResponse.self)
    connection.onLoop { $0.postArrived(body, promise) }
    return PendingResponse(future: promise.futureResult)
  }

  // MARK: WebSocket

  /// Answers a request for a WebSocket. Called on `loop`, the request's own.
  ///
  /// - Parameter accepted: what a sound handshake is answered with; `nil` for one that is not.
  func upgrade(
    _ request: HTTPRequest, accepted: HTTPResponse?, on channel: any Channel, loop: ServerLoop
  ) -> EventLoopFuture<WebSocketUpgrade> {
    do throws(EngineError) {
      let asked = try EngineRequest(
        method: request.method.rawValue, uri: request.uri, isWebSocket: true)
      guard let accepted else { return loop.eventLoop.makeSucceededFuture(.unsound) }
      if case .upgrade(let sid) = asked {
        return candidate(for: try session(sid, for: request), accepted, on: channel, loop: loop)
      }
      return loop.eventLoop.makeSucceededFuture(
        open(request, accepted, on: channel, loop: loop))
    } catch {
      return loop.eventLoop.makeSucceededFuture(.refused(error.message))
    }
  }

  private func open(
    _ request: HTTPRequest, _ accepted: HTTPResponse, on channel: any Channel, loop: ServerLoop
  ) -> WebSocketUpgrade {
    guard let mounted = endpoints[request.path] else {
      return .refused(EngineError.badRequest.message)
    }
    let handshake = handshake(request, mounted.path, .websocket)
    if case .refused(let rejection) = mounted.endpoint.admit(handshake) {
      return .refused(rejection.message)
    }
    let connection = EngineConnection(handshake: handshake, engine: self, loop: loop)
    let handler = WebSocketHandler(
      channel: channel, loop: loop, user: connection,
      maxMessageSize: configuration.engine.maxPayload
    ) { handler in
      connection.start(mounted.endpoint, on: handler)
    }
    var response = accepted
    if let cookie = configuration.cookie {
      response.headers.add(name: "set-cookie", value: cookie.header(sid: connection.id))
    }
    return WebSocketUpgrade(response: response, handler: handler)
  }

  /// A WebSocket with a session's id is accepted in any case: one that cannot take over is closed
  /// in the WebSocket's own way, which clients tell from a failure of the network.
  private func candidate(
    for connection: EngineConnection, _ accepted: HTTPResponse, on channel: any Channel,
    loop: ServerLoop
  ) -> EventLoopFuture<WebSocketUpgrade> {
    let promise = loop.eventLoop.makePromise(of: WebSocketUpgrade.self)
    let handler = WebSocketHandler(
      channel: channel, loop: loop, user: connection,
      maxMessageSize: configuration.engine.maxPayload)
    connection.onLoop { connection in
      if !connection.candidateArrived(handler) { handler.closeWhenAdded() }
      promise.succeed(WebSocketUpgrade(response: accepted, handler: handler))
    }
    return promise.futureResult
  }

  // MARK: Handshake

  private func handshake(
    _ request: HTTPRequest, _ path: String, _ transport: EngineTransport
  ) -> Handshake {
    var headers = request.headers
    for name in Self.connectionHeaders { headers.remove(name: name) }
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Handshake(
      path: path, query: request.query, uri: request.uri, headers: headers,
      remoteAddress: request.remoteAddress, secure: request.secure, transport: transport,
      time: Int64(time.tv_sec) * 1_000 + Int64(time.tv_nsec) / 1_000_000)
  }

  private static let connectionHeaders = [
    "connection", "upgrade", "sec-websocket-key", "sec-websocket-version",
    "sec-websocket-extensions",
  ]
}

extension EngineConnection {
  /// Runs `body` on the session's loop: at once when that is the current one.
  func onLoop(_ body: @escaping @Sendable (EngineConnection) -> Void) {
    if eventLoop.inEventLoop {
      body(self)
    } else {
      eventLoop.execute { body(self) }
    }
  }
}
