// A relay between nodes and an engine's server, on a port of its own, that can be cut and stalled: so every
// engine is lost in the same way, and its server needs no mercy.

import NIOCore
import NIOPosix

/// Relays TCP to a server. Everything happens on one event loop.
// @unchecked: mutable state is touched on `eventLoop` only.
final class LinkBreaker: @unchecked Sendable {
  private enum State {
    case open
    case cut
    case stalled
  }

  private let eventLoop: any EventLoop
  private let target: (host: String, port: Int)
  private var state = State.open
  private var listener: (any Channel)?
  private var channels: [ObjectIdentifier: any Channel] = [:]

  private init(to host: String, _ port: Int) {
    eventLoop = MultiThreadedEventLoopGroup.singleton.next()
    target = (host, port)
  }

  /// Begins to listen on a free port of this machine.
  static func to(_ host: String, port: Int) async throws -> LinkBreaker {
    let breaker = LinkBreaker(to: host, port)
    let listener = try await ServerBootstrap(group: breaker.eventLoop)
      .serverChannelOption(.backlog, value: 128)
      .childChannelOption(.autoRead, value: false)
      .childChannelInitializer { breaker.accept($0) }
      .bind(host: "127.0.0.1", port: 0).get()
    try await breaker.run { breaker.listener = listener }
    breaker.port = listener.localAddress?.port ?? 0
    return breaker
  }

  /// Where nodes are to connect to.
  private(set) var port = 0

  /// Closes every connection and each new one.
  func cut() async throws {
    try await run {
      self.state = .cut
      for channel in self.channels.values { channel.close(promise: nil) }
    }
  }

  /// Lets nothing pass, and closes nothing.
  func stall() async throws { try await change(to: .stalled) }

  /// Ends a cut or a stall.
  func mend() async throws { try await change(to: .open) }

  func end() async throws {
    try await cut()
    try await run { self.listener?.close(promise: nil) }
  }

  private func change(to state: State) async throws {
    try await run {
      self.state = state
      for channel in self.channels.values { self.pace(channel) }
    }
  }

  private func pace(_ channel: any Channel) {
    _ = channel.setOption(.autoRead, value: state == .open)
  }

  private func run(_ body: @escaping @Sendable () -> Void) async throws {
    try await eventLoop.submit(body).get()
  }

  private func accept(_ near: any Channel) -> EventLoopFuture<Void> {
    guard state != .cut else { return near.close() }
    return ClientBootstrap(group: eventLoop)
      .channelOption(.autoRead, value: false)
      .connect(host: target.host, port: target.port)
      .flatMap { far in self.join(near, far) }
  }

  private func join(_ near: any Channel, _ far: any Channel) -> EventLoopFuture<Void> {
    for (channel, other) in [(near, far), (far, near)] {
      channels[ObjectIdentifier(channel)] = channel
      channel.closeFuture.whenComplete { _ in
        self.channels[ObjectIdentifier(channel)] = nil
        other.close(promise: nil)
      }
    }
    if state == .cut { near.close(promise: nil) }
    return near.pipeline.addHandler(RelayHandler(to: far)).flatMap {
      far.pipeline.addHandler(RelayHandler(to: near))
    }.map {
      self.pace(near)
      self.pace(far)
    }
  }
}

/// Passes on what one side sends.
private final class RelayHandler: ChannelInboundHandler, Sendable {
  typealias InboundIn = ByteBuffer

  private let other: any Channel

  init(to other: any Channel) { self.other = other }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    other.writeAndFlush(unwrapInboundIn(data), promise: nil)
  }
}
