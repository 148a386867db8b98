// One end of a WebSocket that is passed on: the client's channel has one, that of the other node its
// partner, both on the same event loop. Bytes go from one to the other as they are. Each reads only while
// the other takes what it is given, and both end together.

import NIOCore

/// Takes a channel over after its handshake and joins it to another. Isolated to its channel's event loop.
///
/// `@unchecked Sendable` because an answer carries it to the client's connection, on the same loop.
final class SpliceHandler: ChannelDuplexHandler, UpgradedHandler, @unchecked Sendable {
  typealias InboundIn = ByteBuffer
  typealias OutboundIn = ByteBuffer
  typealias OutboundOut = ByteBuffer

  /// How long one side may still take what the other has sent before its end.
  private static let lingerTimeout = TimeAmount.seconds(20)

  private let deadlines: DeadlineQueue
  /// Its place among all that is passed on.
  private var slot: RelaySlot?
  private var partner: SpliceHandler?
  private var context: ChannelHandlerContext?
  /// Before the client's end is in its pipeline: the connection to be joined to it.
  private var connection: RelayConnection?
  /// Whether what is written here reaches the channel as it is. Until then it is held, and the partner
  /// reads no more.
  private var isReady: Bool
  private var held: [ByteBuffer] = []
  private var endsWhenReady = false
  private var holdsRead = false
  private var isInputEnded = false
  private var isOutputEnded = false
  private var timer: DeadlineTimer?

  private init(slot: RelaySlot?, deadlines: DeadlineQueue, isReady: Bool) {
    self.slot = slot
    self.deadlines = deadlines
    self.isReady = isReady
  }

  /// Joins a connection that has become a WebSocket's to the handler that it returns, as soon as that is in
  /// a pipeline.
  static func join(_ connection: RelayConnection, slot: RelaySlot?) -> SpliceHandler {
    let handler = SpliceHandler(slot: slot, deadlines: connection.deadlines, isReady: true)
    handler.connection = connection
    return handler
  }

  func discard() {
    slot = nil
    connection.take()?.close()
  }

  /// Nothing of what was there before stands between this handler and the channel any more.
  func becomeReady() {
    isReady = true
    for bytes in held { write(bytes) }
    held = []
    if endsWhenReady { endOutput() }
    partner?.resumeReading()
  }

  // MARK: Channel events

  func handlerAdded(context: ChannelHandlerContext) {
    self.context = context
    guard let connection = connection.take() else { return }
    let other = SpliceHandler(slot: slot, deadlines: deadlines, isReady: false)
    other.partner = self
    partner = other
    if !connection.handOver(to: other) {
      partner = nil
      endOutput()
    }
  }

  func handlerRemoved(context: ChannelHandlerContext) { ended() }

  func channelInactive(context: ChannelHandlerContext) {
    ended()
    context.fireChannelInactive()
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    switch event {
    case ChannelEvent.inputClosed: inputEnded()
    case is ChannelShouldQuiesceEvent: context.close(promise: nil)
    default: break
    }
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    partner?.write(unwrapInboundIn(data))
  }

  func read(context: ChannelHandlerContext) {
    if partner?.isWritable ?? true { context.read() } else { holdsRead = true }
  }

  func channelWritabilityChanged(context: ChannelHandlerContext) {
    if context.channel.isWritable { partner?.resumeReading() }
  }

  // MARK: For the partner

  private var isWritable: Bool { isReady && context?.channel.isWritable ?? false }

  private func write(_ bytes: ByteBuffer) {
    guard isReady else { return held.append(bytes) }
    guard !isOutputEnded, let context else { return }
    context.writeAndFlush(wrapOutboundOut(bytes), promise: nil)
  }

  private func resumeReading() {
    guard holdsRead else { return }
    holdsRead = false
    context?.read()
  }

  /// Nothing more is written: what has been written leaves, then the other side is told.
  private func endOutput() {
    guard isReady else {
      endsWhenReady = true
      return
    }
    guard !isOutputEnded, let context else { return }
    isOutputEnded = true
    let timer = DeadlineTimer(queue: deadlines) { [weak self] in
      self?.context?.close(promise: nil)
    }
    timer.deadline = .now() + Self.lingerTimeout
    self.timer = timer
    context.writeAndFlush(wrapOutboundOut(ByteBuffer()))
      .assumeIsolatedUnsafeUnchecked().whenComplete { _ in self.closeOutput() }
  }

  private func closeOutput() {
    guard let context else { return }
    context.close(mode: .output).assumeIsolatedUnsafeUnchecked().whenComplete { result in
      if case .success = result, !self.isInputEnded { return }
      context.close(promise: nil)
    }
  }

  // MARK: The end

  private func inputEnded() {
    guard !isInputEnded else { return }
    isInputEnded = true
    partner?.endOutput()
  }

  private func ended() {
    context = nil
    slot = nil
    held = []
    timer.take()?.cancel()
    guard let partner = partner.take() else { return }
    partner.partner = nil
    partner.endOutput()
    partner.resumeReading()
  }
}
