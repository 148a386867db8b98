import Logging
import NIOConcurrencyHelpers
import NIOCore
import NIOPosix
import RealtimeProtocol
import Transport

/// Servers that know one another, each the owner of the sessions that it opens.
struct TestNodes {
  /// Their numbers are 1, 2, …
  let servers: [TestServer]
  let relays: [Relay]
  let map: NodeMap

  var first: TestServer { servers[0] }
  var second: TestServer { servers[1] }

  /// Runs `body` against two nodes with an echo, or what `endpoint` is, on `/engine.io/`.
  ///
  /// - Parameter isFirstSecure: gives the first one a certificate; the second is plain.
  static func run(
    endpoint: any EngineEndpoint = EngineEcho(), limit: Int = 100, isFirstSecure: Bool = false,
    patience: TimeAmount = .seconds(5), configuration: ServerConfiguration = .testing { _ in },
    _ body: (TestNodes) async throws -> Void
  ) async throws {
    let folder = try TemporaryDirectory()
    defer { folder.remove() }
    let map = NodeMap()
    let group = MultiThreadedEventLoopGroup(numberOfThreads: 2)
    var servers: [TestServer] = []
    var relays: [Relay] = []
    for node in UInt64(1)...2 {
      var configuration = configuration
      if isFirstSecure && node == 1 {
        configuration.tls = try TestCertificate.first.write(to: folder)
      }
      let relay = Relay(
        route: NodeRoute(node: node, map: map), group: group, limit: limit, patience: patience,
        logger: Logger(label: "test"))
      let server = HTTPServer(
        configuration: configuration, endpoints: [("/engine.io/", endpoint)],
        responder: RelayingResponder(relay: relay), relay: relay, group: group,
        logger: Logger(label: "test"))
      let port = try await server.start().port ?? 0
      map[node] = NodeAddress(host: "127.0.0.1", port: port)
      servers.append(TestServer(port: port, server: server))
      relays.append(relay)
    }
    let result: Result<Void, any Error>
    do {
      result = .success(try await body(TestNodes(servers: servers, relays: relays, map: map)))
    } catch {
      result = .failure(error)
    }
    for server in servers { await server.server.stop() }
    try await group.shutdownGracefully()
    try result.get()
  }
}

/// Where the nodes of a test are.
final class NodeMap: Sendable {
  private let addresses = NIOLockedValueBox<[UInt64: NodeAddress]>([:])
  let isComplete = NIOLockedValueBox(true)

  subscript(node: UInt64) -> NodeAddress? {
    get { addresses.withLockedValue { $0[node] } }
    set { addresses.withLockedValue { $0[node] = newValue } }
  }
}

private struct NodeRoute: SessionRoute {
  let node: UInt64
  let map: NodeMap

  var isComplete: Bool { map.isComplete.withLockedValue { $0 } }

  func address(of node: UInt64) -> NodeAddress? { map[node] }
}

/// Tells an id on `/id`, and passes what comes to `/of/ID` on to whose it is, which tells the request.
private struct RelayingResponder: HTTPResponder {
  let relay: Relay

  func respond(to request: HTTPRequest) -> PendingResponse {
    func now(_ response: HTTPResponse) -> PendingResponse {
      PendingResponse(future: request.eventLoop.makeSucceededFuture(response))
    }
    if request.path == "/id" { return now(.text(relay.makeID())) }
    if request.path == "/late" { return TestResponder().respond(to: request) }
    if let pending = relay.forward(request, of: String(request.path.dropFirst(4))) {
      return pending
    }
    let headers = request.headers.map { "\($0.name.lowercased()): \($0.value)\n" }.sorted().joined()
    return now(.text("\(request.method) \(request.uri)\n\(headers)\(String(buffer: request.body))"))
  }
}

/// A node that does what a test says: it takes connections, and answers what it is told to.
final class PuppetNode: Sendable {
  let port: Int
  private let listener: any Channel
  private let requests: AsyncStream<any Channel>

  private init(_ listener: any Channel, _ requests: AsyncStream<any Channel>) {
    self.listener = listener
    self.requests = requests
    port = listener.localAddress?.port ?? 0
  }

  static func start() async throws -> PuppetNode {
    let (requests, continuation) = AsyncStream.makeStream(of: (any Channel).self)
    let listener = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .childChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          try channel.pipeline.syncOperations.addHandler(RequestNotice(continuation))
        }
      }
      .bind(host: "127.0.0.1", port: 0).get()
    return PuppetNode(listener, requests)
  }

  /// The connection on which the next request has come.
  func request() async -> (any Channel)? {
    var iterator = requests.makeAsyncIterator()
    return await iterator.next()
  }

  func stop() async throws { try await listener.close() }
}

private final class RequestNotice: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer

  private let continuation: AsyncStream<any Channel>.Continuation

  init(_ continuation: AsyncStream<any Channel>.Continuation) { self.continuation = continuation }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    continuation.yield(context.channel)
  }
}
