// The server: listens, gives every connection its handlers, and stops in order. It decides
// nothing about requests; ServerService does.

import Logging
import NIOConcurrencyHelpers
import NIOCore
import NIOHTTP1
import NIOPosix
import RealtimeProtocol

/// An HTTP server with Engine.IO endpoints: HTTP/1.1, and with a certificate HTTP/2 too.
public final class HTTPServer: Sendable {
  private enum State: Sendable {
    case idle
    case listening(Listening)
    case stopped
  }

  private struct Listening: Sendable {
    let channel: any Channel
    let tls: ServerTLS?
    /// Looks at the certificate from time to time.
    let watch: RepeatedTask?
  }

  private let configuration: ServerConfiguration
  private let service: ServerService
  private let loops: [ServerLoop]
  private let group: MultiThreadedEventLoopGroup
  private let logger: Logger
  private let relay: Relay?
  private let state = NIOLockedValueBox(State.idle)
  /// Where other nodes are listened for, if not where clients are.
  private let nodeListener = NIOLockedValueBox((any Channel)?.none)

  /// - Parameters:
  ///   - endpoints: what serves Engine.IO on which paths; `/socket.io/` also answers to
  ///     `/socket.io`.
  ///   - responder: answers all other requests.
  ///   - relay: the way to other nodes' sessions, made for the same group.
  ///   - group: whose loops carry the connections; its owner shuts it down after `stop()`.
  public init(
    configuration: ServerConfiguration,
    endpoints: [(path: String, endpoint: any EngineEndpoint)],
    responder: any HTTPResponder,
    relay: Relay? = nil,
    group: MultiThreadedEventLoopGroup,
    logger: Logger
  ) {
    self.configuration = configuration
    self.relay = relay
    self.group = group
    self.logger = logger
    let engine = EngineService(
      configuration: configuration, endpoints: endpoints, relay: relay)
    service = ServerService(
      configuration: configuration, engine: engine, responder: responder, logger: logger)
    loops = group.makeIterator().map {
      ServerLoop(eventLoop: $0, engine: configuration.engine)
    }
  }

  /// Loads the certificate, if there is one, and begins to listen.
  ///
  /// - Returns: the address with the real port.
  public func start() async throws -> SocketAddress {
    guard case .idle = state.withLockedValue({ $0 }) else {
      throw TransportError(.invalidState, "The server has been started before")
    }
    let tls = try await loadCertificate()
    let channel = try await bind(
      ServerPipeline(service: service, tls: tls), configuration.host, configuration.port)
    state.withLockedValue {
      $0 = .listening(Listening(channel: channel, tls: tls, watch: tls.map(watch)))
    }
    guard let address = channel.localAddress else {
      throw TransportError(.bindFailed, "The listening socket has no address")
    }
    return address
  }

  /// Begins to listen at a second address, where there is no TLS: for the other nodes of a cluster.
  ///
  /// - Returns: the address with the real port.
  public func listenForNodes(at address: NodeAddress) async throws(TransportError) -> NodeAddress {
    let channel = try await bind(
      ServerPipeline(service: service, tls: nil), address.host, address.port)
    nodeListener.withLockedValue { $0 = channel }
    return NodeAddress(host: address.host, port: channel.localAddress?.port ?? address.port)
  }

  private func bind(
    _ pipeline: ServerPipeline, _ host: String, _ port: Int
  ) async throws(TransportError) -> any Channel {
    do {
      return try await bootstrap(pipeline).bind(host: host, port: port).get()
    } catch {
      throw TransportError(
        .bindFailed, "Cannot listen on \(NodeAddress(host: host, port: port))", underlying: error)
    }
  }

  /// Stops accepting, closes every session as `serverShuttingDown`, lets responses finish, and
  /// returns when all connections are gone or `shutdownTimeout` has passed.
  public func stop() async {
    let previous = state.withLockedValue { state in
      defer { state = .stopped }
      return state
    }
    guard case .listening(let listening) = previous else { return }
    listening.watch?.cancel()
    try? await listening.channel.close()
    try? await nodeListener.withLockedValue { $0 }?.close()
    await onEachLoop { $0.quiesce() }
    relay?.quiesce()
    let deadline = NIODeadline.now() + configuration.shutdownTimeout
    while await connectionCount > 0, NIODeadline.now() < deadline {
      try? await Task.sleep(for: .milliseconds(10))
    }
    await onEachLoop { $0.closeAll() }
  }

  /// How many connections are open, WebSockets included.
  public var connectionCount: Int {
    get async { await onEachLoop { $0.channelCount }.reduce(0, +) }
  }

  @discardableResult
  private func onEachLoop<Value: Sendable>(
    _ body: @escaping @Sendable (ServerLoop) -> Value
  ) async -> [Value] {
    var values: [Value] = []
    for loop in loops {
      if let value = try? await loop.eventLoop.submit({ body(loop) }).get() {
        values.append(value)
      }
    }
    return values
  }

  // MARK: Certificate

  /// Takes over the certificate and key if their files have changed, without waiting for the next
  /// look at them. What cannot be used is logged, and the old ones stay.
  public func reloadCertificate() async {
    guard case .listening(let listening) = state.withLockedValue({ $0 }), let tls = listening.tls
    else { return }
    try? await NIOThreadPool.singleton.runIfActive { tls.reload() }
  }

  private func loadCertificate() async throws -> ServerTLS? {
    guard let files = configuration.tls else { return nil }
    return try await NIOThreadPool.singleton.runIfActive { [logger] in
      try ServerTLS(files: files, logger: logger)
    }
  }

  private func watch(_ tls: ServerTLS) -> RepeatedTask {
    let eventLoop = group.any()
    let interval = configuration.certificateCheckInterval
    return eventLoop.scheduleRepeatedAsyncTask(initialDelay: interval, delay: interval) { _ in
      NIOThreadPool.singleton.runIfActive(eventLoop: eventLoop) { tls.reload() }
    }
  }

  // MARK: Connections

  private func bootstrap(_ pipeline: ServerPipeline) -> ServerBootstrap {
    ServerBootstrap(group: group)
      .serverChannelOption(.backlog, value: configuration.backlog)
      .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
      .serverChannelOption(.maxMessagesPerRead, value: 64)
      .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
      .childChannelOption(.allowRemoteHalfClosure, value: true)
      .childChannelOption(.maxMessagesPerRead, value: 1)
      .childChannelOption(.recvAllocator, value: ReadBuffers())
      .childChannelInitializer { [self] channel in
        channel.eventLoop.makeCompletedFuture { try configure(channel, pipeline) }
      }
  }

  private func configure(_ channel: any Channel, _ pipeline: ServerPipeline) throws {
    guard let loop = loops.first(where: { $0.eventLoop === channel.eventLoop }) else {
      throw TransportError(.invalidState, "A connection on a loop of another group")
    }
    loop.add(channel)
    channel.closeFuture.assumeIsolatedUnsafeUnchecked().whenComplete { _ in loop.remove(channel) }
    try pipeline.configure(channel, on: loop)
  }
}
