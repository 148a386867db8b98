// The server: listens, gives every connection its handlers, and stops in order. It decides
// nothing about requests; ServerService does.

import Logging
import NIOConcurrencyHelpers
import NIOCore
import NIOHTTP1
import NIOPosix
import RealtimeProtocol

/// An HTTP/1.1 server with Engine.IO endpoints.
public final class HTTPServer: Sendable {
  private enum State: Sendable {
    case idle
    case listening(any Channel)
    case stopped
  }

  private let configuration: ServerConfiguration
  private let service: ServerService
  private let loops: [ServerLoop]
  private let group: MultiThreadedEventLoopGroup
  private let logger: Logger
  private let state = NIOLockedValueBox(State.idle)

  /// - Parameters:
  ///   - endpoints: what serves Engine.IO on which paths; `/socket.io/` also answers to
  ///     `/socket.io`.
  ///   - responder: answers all other requests.
  ///   - group: whose loops carry the connections; its owner shuts it down after `stop()`.
  public init(
    configuration: ServerConfiguration,
    endpoints: [(path: String, endpoint: any EngineEndpoint)],
    responder: any HTTPResponder,
    group: MultiThreadedEventLoopGroup,
    logger: Logger
  ) {
    self.configuration = configuration
    self.group = group
    self.logger = logger
    let engine = EngineService(configuration: configuration, endpoints: endpoints)
    service = ServerService(
      configuration: configuration, engine: engine, responder: responder, logger: logger)
    loops = group.makeIterator().map {
      ServerLoop(eventLoop: $0, engine: configuration.engine)
    }
  }

  /// Begins to listen.
  ///
  /// - Returns: the address with the real port.
  public func start() async throws -> SocketAddress {
    guard case .idle = state.withLockedValue({ $0 }) else {
      throw TransportError(.invalidState, "The server has been started before")
    }
    do {
      let channel = try await bootstrap.bind(host: configuration.host, port: configuration.port)
        .get()
      state.withLockedValue { $0 = .listening(channel) }
      guard let address = channel.localAddress else {
        throw TransportError(.bindFailed, "The listening socket has no address")
      }
      return address
    } catch let error as TransportError {
      throw error
    } catch {
      throw TransportError(
        .bindFailed, "Cannot listen on \(configuration.host):\(configuration.port)",
        underlying: error)
    }
  }

  /// Stops accepting, closes every session as `serverShuttingDown`, lets responses finish, and
  /// returns when all connections are gone or `shutdownTimeout` has passed.
  public func stop() async {
    let previous = state.withLockedValue { state in
      defer { state = .stopped }
      return state
    }
    guard case .listening(let channel) = previous else { return }
    try? await channel.close()
    await onEachLoop { $0.quiesce() }
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

  // MARK: Connections

  private var bootstrap: ServerBootstrap {
    ServerBootstrap(group: group)
      .serverChannelOption(.backlog, value: configuration.backlog)
      .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
      .serverChannelOption(.maxMessagesPerRead, value: 64)
      .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
      .childChannelOption(.allowRemoteHalfClosure, value: true)
      .childChannelOption(.recvAllocator, value: Self.readBuffers)
      .childChannelInitializer { [self] channel in
        channel.eventLoop.makeCompletedFuture { try configure(channel) }
      }
  }

  /// An idle connection keeps its last read buffer, so small ones come first.
  private static let readBuffers = AdaptiveRecvByteBufferAllocator(
    minimum: 512, initial: 1_024, maximum: 65_536)

  private func configure(_ channel: any Channel) throws {
    guard let loop = loops.first(where: { $0.eventLoop === channel.eventLoop }) else {
      throw TransportError(.invalidState, "A connection on a loop of another group")
    }
    loop.add(channel)
    channel.closeFuture.assumeIsolatedUnsafeUnchecked().whenComplete { _ in loop.remove(channel) }
    var limits = NIOHTTPDecoderLimitConfiguration()
    limits.maxHeaderFieldSize = configuration.maxHeaderBytes
    limits.maxHeaderListSize = configuration.maxHeaderBytes
    limits.maxHeaderFieldCount = configuration.maxHeaderFields
    let decoder = ByteToMessageHandler(
      HTTPRequestDecoder(leftOverBytesStrategy: .forwardBytes, limitConfiguration: limits))
    let pipeline = channel.pipeline.syncOperations
    try pipeline.addHandlers(
      decoder, HTTPConnectionHandler(service: service, loop: loop, decoder: decoder))
  }
}
