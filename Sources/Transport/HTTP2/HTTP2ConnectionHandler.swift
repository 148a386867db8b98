// One HTTP/2 connection as a whole: its settings and limits, how long it may be idle, how it ends.
// Behind NIO's multiplexer, which gives every stream a channel of its own; HTTP2StreamHandler serves
// those. The frames that come here are those of the connection itself.

import NIOCore
import NIOHTTP2

/// Watches over the streams of one connection. Isolated to its channel's event loop.
final class HTTP2ConnectionHandler: ChannelInboundHandler {
  typealias InboundIn = HTTP2Frame
  typealias OutboundOut = HTTP2Frame

  private enum State {
    case open
    /// The client has been told to open no more streams, and has not confirmed it.
    case announced
    /// No more streams will come.
    case leaving
    case closed
  }

  /// How long a client may take to confirm that it opens no more streams.
  private static let lingerTimeout = TimeAmount.seconds(1)
  /// Tells the confirmation from the answer to any other ping.
  private static let farewell = HTTP2PingData(withInteger: 0x5045_5249_4745_4500)

  private let service: ServerService
  private let loop: ServerLoop
  private var context: ChannelHandlerContext?
  private var state = State.open
  private var openStreams = 0
  private var lastStream = HTTP2StreamID.rootStream
  private lazy var timer = DeadlineTimer(queue: loop.deadlines) { [weak self] in
    self?.deadlinePassed()
  }

  init(service: ServerService, loop: ServerLoop) {
    self.service = service
    self.loop = loop
  }

  // MARK: Streams

  /// The handler before this one, which calls back for each new stream.
  func makeMultiplexer() -> NIOHTTP2Handler {
    let bound = NIOLoopBound(self, eventLoop: loop.eventLoop)
    return NIOHTTP2Handler(
      mode: .server, eventLoop: loop.eventLoop,
      connectionConfiguration: service.configuration.http2Connection,
      streamConfiguration: service.configuration.http2Stream
    ) { channel in
      channel.eventLoop.makeCompletedFuture { try bound.value.opened(channel) }
    }
  }

  private func opened(_ channel: any Channel) throws {
    if let id = try channel.syncOptions?.getOption(HTTP2StreamChannelOptions.streamID) {
      lastStream = max(lastStream, id)
    }
    openStreams += 1
    timer.deadline = nil
    channel.closeFuture.assumeIsolatedUnsafeUnchecked().whenComplete { _ in self.streamClosed() }
    try channel.pipeline.syncOperations.addHandler(
      HTTP2StreamHandler(service: service, loop: loop))
  }

  private func streamClosed() {
    openStreams -= 1
    guard openStreams == 0 else { return }
    switch state {
    case .open: timer.deadline = .now() + service.configuration.idleTimeout
    case .announced: timer.deadline = .now() + Self.lingerTimeout
    case .leaving: context?.close(promise: nil)
    case .closed: break
    }
  }

  // MARK: Channel events

  func handlerAdded(context: ChannelHandlerContext) {
    self.context = context
    timer.deadline = .now() + service.configuration.requestTimeout
  }

  func handlerRemoved(context: ChannelHandlerContext) { ended() }

  func channelInactive(context: ChannelHandlerContext) {
    ended()
    context.fireChannelInactive()
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    if case .ping(Self.farewell, ack: true) = unwrapInboundIn(data).payload { confirmed() }
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    switch event {
    case is ChannelShouldQuiesceEvent: announce()
    case ChannelEvent.inputClosed: context.close(promise: nil)
    default: break
    }
  }

  /// The multiplexer has sent a GOAWAY for what concerns the connection, a RST_STREAM for the rest.
  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    if !error.concernsOneStream { context.close(promise: nil) }
  }

  private func ended() {
    state = .closed
    context = nil
    timer.cancel()
  }

  private func deadlinePassed() {
    if state == .open { announce() } else { context?.close(promise: nil) }
  }

  // MARK: Going away

  /// Begins the graceful end (RFC 9113 section 6.8): streams that the client opens before it has read
  /// this are served.
  private func announce() {
    guard state == .open else { return }
    state = .announced
    write(.goAway(lastStreamID: .maxID, errorCode: .noError, opaqueData: nil))
    write(.ping(Self.farewell, ack: false))
    context?.flush()
    if openStreams == 0 { timer.deadline = .now() + Self.lingerTimeout }
  }

  /// The client has read that it shall open no more streams.
  private func confirmed() {
    guard state == .announced else { return }
    state = .leaving
    write(.goAway(lastStreamID: lastStream, errorCode: .noError, opaqueData: nil))
    context?.flush()
    if openStreams == 0 { context?.close(promise: nil) }
  }

  private func write(_ payload: HTTP2Frame.FramePayload) {
    let frame = HTTP2Frame(streamID: .rootStream, payload: payload)
    context?.write(wrapOutboundOut(frame), promise: nil)
  }
}

extension ServerConfiguration {
  /// What clients are told and held to. The bounds against floods are a little above the number of
  /// streams, so that a client may leave all of them at once, but not open and leave on and on (the
  /// rapid reset attack).
  fileprivate var http2Connection: NIOHTTP2Handler.ConnectionConfiguration {
    var configuration = NIOHTTP2Handler.ConnectionConfiguration()
    configuration.initialSettings = [
      HTTP2Setting(parameter: .maxConcurrentStreams, value: maxConcurrentStreams),
      HTTP2Setting(parameter: .maxHeaderListSize, value: 2 * maxHeaderBytes),
      HTTP2Setting(parameter: .enableConnectProtocol, value: 1),
    ]
    configuration.targetWindowSize = 1 << 20
    configuration.maximumRecentlyResetStreams = maxConcurrentStreams
    configuration.maximumConnectionGlitches = max(200, maxConcurrentStreams)
    configuration.controlFrameRateLimit.maximumCount = max(200, 2 * maxConcurrentStreams)
    return configuration
  }

  fileprivate var http2Stream: NIOHTTP2Handler.StreamConfiguration {
    var configuration = NIOHTTP2Handler.StreamConfiguration()
    configuration.outboundBufferSizeHighWatermark = 64 * 1024
    configuration.outboundBufferSizeLowWatermark = 32 * 1024
    configuration.streamResetFrameRateLimit.maximumCount = max(200, maxConcurrentStreams + 10)
    configuration.streamErrorRateLimit.maximumCount = max(200, maxConcurrentStreams)
    return configuration
  }
}
