// The last and only handler of an upgraded channel. It parses frames straight from the read
// buffer, answers control frames, hands messages to its user (hopping when that lives on another
// loop) and writes what the user flushes. It never looks into a message, and knows nothing of what
// the channel is: bytes go in and out.

import NIOCore
import RealtimeProtocol

/// One WebSocket. Isolated to its channel's event loop except where a method says otherwise.
///
/// `@unchecked Sendable` because users on other loops hold it: the methods that they call hop.
final class WebSocketHandler: ChannelDuplexHandler, RemovableChannelHandler, @unchecked Sendable {
  typealias InboundIn = ByteBuffer
  typealias OutboundIn = ByteBuffer
  typealias OutboundOut = ByteBuffer

  enum State {
    case open
    /// A close frame has been sent; the peer's is awaited.
    case closing
    case closed
  }

  let loop: ServerLoop
  private let channel: any Channel
  var user: (any WebSocketUser)?
  /// Puts the user to work, once the WebSocket can be written to.
  private var onAdded: ((WebSocketHandler) -> Void)?
  private let maxMessageSize: Int
  private let deflate: DeflateTerms?
  /// Whether the bytes reach the socket as they are written here.
  private let isPlain: Bool
  private var direct: DirectSocket?
  /// Where the loop's poll has the socket, since the channel has read it for the first time.
  private var place: Int?
  var context: ChannelHandlerContext?
  private var parser: WebSocketFrameParser
  var state = State.open
  /// Whether the peer has broken the protocol: nothing behind that is looked at.
  private var isViolated = false
  var closeTimer: DeadlineTimer?
  /// Whether anything has been read since it was last set to false.
  var hasRead = false
  private var holdsRead = false
  /// Whether the kernel takes what is written, as the channel has said last.
  private var takesWrites = true
  private var isUnwanted = false

  /// - Parameters:
  ///   - user: who gets its messages.
  ///   - maxMessageSize: the longest message that is accepted, in bytes, inflated or not.
  ///   - deflate: how messages are compressed, when that has been agreed.
  ///   - isPlain: whether there is nothing between this handler and a socket.
  ///   - onAdded: called when the handler is in its pipeline.
  init(
    channel: any Channel, loop: ServerLoop, user: any WebSocketUser, maxMessageSize: Int,
    deflate: DeflateTerms?, isPlain: Bool = false, onAdded: ((WebSocketHandler) -> Void)? = nil
  ) {
    self.channel = channel
    self.loop = loop
    self.user = user
    self.onAdded = onAdded
    self.maxMessageSize = maxMessageSize
    self.deflate = deflate
    self.isPlain = isPlain
    parser = WebSocketFrameParser(
      maxMessageSize: maxMessageSize, allowsCompression: deflate != nil)
  }

  // MARK: For the user, on any loop

  /// Whether the kernel takes what is written. May be asked on any loop.
  var isWritable: Bool { channel.isWritable }

  /// Writes frames and flushes them; nothing goes behind a close frame. May be called on any loop.
  func write(_ frames: ByteBuffer) {
    onLoop { handler in
      guard handler.state == .open, let context = handler.context else { return }
      handler.writeNow(frames, context)
    }
  }

  /// Writes all that was queued and flushes once, as `write(_:)` does. May be called on any loop.
  func write(_ queue: OutboundQueue) {
    guard !queue.isEmpty else { return }
    guard loop.eventLoop.inEventLoop else {
      return loop.eventLoop.execute { self.write(queue) }
    }
    guard state == .open, let context else { return }
    if deflate == nil, let frames = queue.only { return writeNow(frames, context) }
    direct?.yield()
    for frames in queue {
      guard let deflate else {
        context.write(wrapOutboundOut(frames), promise: nil)
        continue
      }
      loop.compressor.compress(frames, deflate) {
        context.write(wrapOutboundOut($0), promise: nil)
      }
    }
    context.flush()
  }

  private func writeNow(_ frames: ByteBuffer, _ context: ChannelHandlerContext) {
    guard let rest = direct == nil ? frames : direct?.write(frames) else {
      return loop.spares.give(frames)
    }
    context.writeAndFlush(wrapOutboundOut(rest), promise: nil)
  }

  /// Sends a close frame behind what has been written, and ends the channel when the peer has
  /// answered or has had its time: more if it is slow, so that it may still learn why. May be called
  /// on any loop.
  ///
  /// - Parameter message: what the frame says instead of the reason's own text.
  func close(_ reason: CloseReason, message: String? = nil) {
    onLoop {
      $0.startClosing(
        code: reason.webSocketCode, reason: message ?? reason.rawValue,
        within: reason == .slowConsumer ? Self.slowTimeout : Self.closeTimeout)
    }
  }

  /// Has the WebSocket closed as soon as its handshake is done; before the handler is in its
  /// pipeline. May be called on any loop.
  func closeWhenAdded() {
    onLoop { handler in
      handler.isUnwanted = true
      handler.user = nil
    }
  }

  /// The channel ended before its handshake was done.
  func discard() { ended(.transportClose) }

  private func onLoop(_ body: @escaping @Sendable (WebSocketHandler) -> Void) {
    if loop.eventLoop.inEventLoop {
      body(self)
    } else {
      loop.eventLoop.execute { body(self) }
    }
  }

  // MARK: Channel events

  func handlerAdded(context: ChannelHandlerContext) {
    self.context = context
    takesWrites = context.channel.isWritable
    if isPlain { shortenWay() }
    if isUnwanted { return close(.forcedServerClose) }
    onAdded.take()?(self)
  }

  /// Nothing stands between the socket and this handler, which therefore reads and writes directly.
  private func shortenWay() {
    direct = DirectSocket(channel)
    try? channel.syncOptions?.setOption(.recvAllocator, value: SharedReadBuffer(loop: loop))
  }

  /// The poll forgets the socket: the connection has ended.
  func stopPolling() {
    if let place = place.take() { loop.poll.remove(place) }
  }

  func handlerRemoved(context: ChannelHandlerContext) { ended(.transportClose) }

  func channelInactive(context: ChannelHandlerContext) {
    ended(.transportClose)
    context.fireChannelInactive()
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    ended(.transportError)
    context.close(promise: nil)
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    if case ChannelEvent.inputClosed = event { context.close(promise: nil) }
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    guard state != .closed else { return }
    noteRead()
    let bytes = unwrapInboundIn(data)
    received(bytes)
    if isPlain { SharedReadBuffer.reclaim(bytes, for: loop) }
  }

  /// The poll must not know the socket earlier: what came right behind the request for the WebSocket was read
  /// before, and comes this way.
  private func noteRead() {
    guard let direct else { return }
    if place == nil { place = loop.poll.add(self, socket: direct.descriptor) }
    loop.poll.noteRead()
  }

  /// Reads what the socket has. The channel is not told, nor asked.
  func readDirectly() {
    guard state != .closed, takesWrites, let direct, let context else { return }
    var bytes = SharedReadBuffer(loop: loop).buffer(allocator: channel.allocator)
    do throws(IOError) {
      if try direct.read(into: &bytes) > 0 { received(bytes) }
    } catch {
      errorCaught(context: context, error: error)
    }
    SharedReadBuffer.reclaim(bytes, for: loop)
  }

  private func received(_ bytes: ByteBuffer) {
    // Scripts run in here, whose writes may find out that the connection is gone: the channel hands over then
    // what it has read last.
    guard !isViolated else { return }
    hasRead = true
    var batch = WebSocketBatch()
    swap(&batch, &loop.batch)
    var violation = parser.parse(bytes, into: &batch)
    if batch.hasCompressed {
      violation = loop.compressor.inflate(&batch, maxMessageSize: maxMessageSize) ?? violation
    }
    isViolated = violation != nil
    if !batch.isEmpty {
      let mayAnswer = isWritable
      deliver(batch)
      answerControlFrames(of: batch, pings: mayAnswer)
      batch.removeAll()
    }
    swap(&batch, &loop.batch)
    if let violation { violated(violation) }
  }

  /// Reads nothing from a client that does not take what it is sent.
  func read(context: ChannelHandlerContext) {
    if takesWrites { context.read() } else { holdsRead = true }
  }

  func channelWritabilityChanged(context: ChannelHandlerContext) {
    takesWrites = context.channel.isWritable
    if let user {
      if user.eventLoop === loop.eventLoop {
        user.writabilityChanged(of: self)
      } else {
        user.eventLoop.execute { user.writabilityChanged(of: self) }
      }
    }
    if holdsRead && takesWrites {
      holdsRead = false
      context.read()
    }
  }

  // MARK: Reading

  private func deliver(_ batch: WebSocketBatch) {
    guard state == .open, let user else { return }
    if user.eventLoop === loop.eventLoop {
      user.received(batch, from: self)
    } else {
      user.eventLoop.execute { user.received(batch, from: self) }
    }
  }

  /// - Parameter pings: whether the kernel took what was written before the batch was delivered.
  private func answerControlFrames(of batch: WebSocketBatch, pings: Bool) {
    for index in 0..<batch.count where batch.isControl(at: index) {
      let (opcode, payload) = batch[index]
      switch opcode {
      case .ping where state == .open && pings:
        var frame = ByteBuffer()
        WebSocketFrameHeader.write(.pong, payloadLength: payload.readableBytes, into: &frame)
        frame.writeImmutableBuffer(payload)
        write(frame)
      case .close: return closed(byPeer: payload)
      default: break
      }
    }
  }
}
