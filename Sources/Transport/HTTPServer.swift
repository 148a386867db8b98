import Logging
import NIOCore
import NIOPosix

/// The server: a stub.
public final class HTTPServer: Sendable {
  public init(
    configuration: ServerConfiguration,
    endpoints: [(path: String, endpoint: any EngineEndpoint)],
    responder: any HTTPResponder,
    group: MultiThreadedEventLoopGroup,
    logger: Logger
  ) {}

  public func start() async throws -> SocketAddress {
    throw TransportError(.invalidState, "not yet")
  }

  public func stop() async {}
}
