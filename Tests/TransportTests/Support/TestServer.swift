import Logging
import NIOCore
import NIOHTTP1
import NIOPosix
import RealtimeProtocol
import Transport

/// A server on a free port with an echo on `/engine.io/`.
struct TestServer {
  let port: Int
  let server: HTTPServer

  func connect(tls: ClientTLS? = nil) async throws -> RawClient {
    try await RawClient.connect(to: port, tls: tls)
  }

  /// Opens a WebSocket session and takes its handshake packet.
  func connectWebSocket(sid: String? = nil) async throws -> RawClient {
    let client = try await connect()
    try await client.requestWebSocket(sid: sid)
    _ = try await client.response()
    if sid == nil { _ = try await client.frame() }
    return client
  }

  /// Runs `body` against a server with a certificate.
  static func runSecurely(
    threads: Int = 2, responder: any HTTPResponder = TestResponder(),
    configuration: ServerConfiguration = .testing { _ in },
    _ body: (TestServer) async throws -> Void
  ) async throws {
    let folder = try TemporaryDirectory()
    defer { folder.remove() }
    var configuration = configuration
    configuration.tls = try TestCertificate.first.write(to: folder)
    try await run(
      threads: threads, responder: responder, configuration: configuration, body)
  }

  /// Runs `body` against a server of its own.
  static func run(
    threads: Int = 2, endpoint: any EngineEndpoint = EngineEcho(),
    responder: any HTTPResponder = TestResponder(),
    configuration: ServerConfiguration = .testing { _ in },
    _ body: (TestServer) async throws -> Void
  ) async throws {
    let group = MultiThreadedEventLoopGroup(numberOfThreads: threads)
    let server = HTTPServer(
      configuration: configuration, endpoints: [("/engine.io/", endpoint)], responder: responder,
      group: group, logger: Logger(label: "test"))
    let address = try await server.start()
    let result: Result<Void, any Error>
    do {
      result = .success(try await body(TestServer(port: address.port ?? 0, server: server)))
    } catch {
      result = .failure(error)
    }
    await server.stop()
    try await group.shutdownGracefully()
    try result.get()
  }
}

extension ServerConfiguration {
  /// A free port, a quick end, and what a test changes.
  static func testing(_ change: (inout ServerConfiguration) -> Void) -> ServerConfiguration {
    var configuration = ServerConfiguration()
    configuration.port = 0
    configuration.shutdownTimeout = .milliseconds(100)
    change(&configuration)
    return configuration
  }
}

extension RawClient {
  func requestWebSocket(sid: String? = nil) async throws {
    try await requestUpgrade(
      "/engine.io/?EIO=4&transport=websocket" + (sid.map { "&sid=\($0)" } ?? ""))
  }

  /// Opens a polling session.
  func openPolling() async throws -> String {
    try await request("GET", "/engine.io/?EIO=4&transport=polling")
    let parts = try await response().body.split(separator: "\"")
    return String(parts[3])
  }

  func poll(_ sid: String) async throws -> Response {
    try await sendPoll(sid)
    return try await response()
  }

  func sendPoll(_ sid: String) async throws {
    try await request("GET", "/engine.io/?EIO=4&transport=polling&sid=\(sid)")
  }

  func post(_ sid: String, _ body: String) async throws -> Response {
    try await request("POST", "/engine.io/?EIO=4&transport=polling&sid=\(sid)", body: body)
    return try await response()
  }
}

/// Answers `/hello`, echoes bodies on `/echo`, fails on `/fail`, knows nothing else.
struct TestResponder: HTTPResponder {
  struct Failure: Error {}

  func respond(to request: HTTPRequest) -> PendingResponse {
    PendingResponse(future: answer(request))
  }

  private func answer(_ request: HTTPRequest) -> EventLoopFuture<HTTPResponse> {
    switch request.path {
    case "/hello": request.eventLoop.makeSucceededFuture(.text("hello"))
    case "/late":
      request.eventLoop.scheduleTask(in: .milliseconds(20)) { .text("late") }.futureResult
    case "/fail": request.eventLoop.makeFailedFuture(Failure())
    case "/split":
      request.eventLoop.makeSucceededFuture(
        HTTPResponse(status: .ok, headers: ["x-name": "a\r\nx-evil: b"]))
    case "/echo":
      request.eventLoop.makeSucceededFuture(
        HTTPResponse(status: .ok, body: .bytes(request.body)))
    default: request.eventLoop.makeSucceededFuture(.text("nothing", status: .notFound))
    }
  }
}
