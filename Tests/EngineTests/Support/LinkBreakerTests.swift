import NIOCore
import NIOPosix
import Testing

@Suite(.timeLimit(.minutes(1))) struct LinkBreakerTests {
  @Test("a breaker relays until it is cut, and again when it is mended")
  func relays() async throws {
    let server = try await LinkBreaker.echo()
    let breaker = try await LinkBreaker.to("127.0.0.1", port: server.localAddress?.port ?? 0)
    #expect(try await LinkBreaker.isAnswered(at: breaker.port))
    try await breaker.cut()
    #expect(try await !LinkBreaker.isAnswered(at: breaker.port))
    try await breaker.mend()
    #expect(try await LinkBreaker.isAnswered(at: breaker.port))
    try await breaker.end()
    try await server.close()
  }
}

extension LinkBreaker {
  /// A server that sends back what it gets.
  fileprivate static func echo() async throws -> any Channel {
    try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .childChannelInitializer { channel in channel.pipeline.addHandler(EchoHandler()) }
      .bind(host: "127.0.0.1", port: 0).get()
  }

  /// Whether a byte sent there comes back before the connection ends.
  fileprivate static func isAnswered(at port: Int) async throws -> Bool {
    let answered = MultiThreadedEventLoopGroup.singleton.next().makePromise(of: Bool.self)
    let client = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .channelInitializer { $0.pipeline.addHandler(AnswerHandler(answered)) }
      .connect(host: "127.0.0.1", port: port).get()
    try? await client.writeAndFlush(ByteBuffer(string: "x"))
    defer { client.close(promise: nil) }
    return try await answered.futureResult.get()
  }
}

private final class EchoHandler: ChannelInboundHandler, Sendable {
  typealias InboundIn = ByteBuffer

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    context.writeAndFlush(data, promise: nil)
  }
}

private final class AnswerHandler: ChannelInboundHandler, Sendable {
  typealias InboundIn = ByteBuffer

  private let answered: EventLoopPromise<Bool>

  init(_ answered: EventLoopPromise<Bool>) { self.answered = answered }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) { answered.succeed(true) }

  func channelInactive(context: ChannelHandlerContext) { answered.succeed(false) }
}
