// One Engine.IO session: it feeds the pure EngineSession and performs its actions, queues what
// is to be sent and writes it once per turn of the event loop. A session lives on the event loop
// of its first request; polls and WebSockets that land on other loops hop there. Callers on other
// loops may read the constants and must hop for the rest.

import NIOCore
import RealtimeProtocol

/// One session of one client, whatever transport it is on. Isolated to `eventLoop`.
///
/// `@unchecked Sendable` because it is passed between loops on the way to its own: everything that
/// changes is touched on `eventLoop` only.
public final class EngineConnection: @unchecked Sendable {
  /// The loop that the session lives on.
  public let eventLoop: any EventLoop
  /// The session id: fifteen URL-safe characters, behind eleven that name the node where there are
  /// several.
  public let id: String
  /// The request that opened the session.
  public let handshake: Handshake

  let engine: EngineService
  let loop: ServerLoop
  var session: EngineSession
  var receiver: (any EngineReceiver)?
  var queue = OutboundQueue()
  var heartbeatLinks = HeartbeatLinks()

  /// The poll that waits for packets.
  var poll: EventLoopPromise<HTTPResponse>?
  /// A POST that is answered late because it closed the session.
  var heldPost: EventLoopPromise<HTTPResponse>?
  /// The WebSocket that is the transport.
  var socket: WebSocketHandler?
  /// A WebSocket that wants to become it.
  var candidate: WebSocketHandler?
  var candidateTimer: DeadlineTimer?

  /// Whether the socket has more to write than the kernel takes.
  private var isSocketBlocked = false
  private var isFlushDue = false
  private var closing: CloseReason?

  init(handshake: Handshake, engine: EngineService, loop: ServerLoop) {
    eventLoop = loop.eventLoop
    id = engine.relay?.makeID() ?? SessionID.make()
    self.handshake = handshake
    self.engine = engine
    self.loop = loop
    session = EngineSession(
      transport: handshake.transport, configuration: engine.configuration.engine, now: .now())
  }

  /// The transport that the session is on now.
  public var transport: EngineTransport { session.transport }

  // MARK: Sending

  /// Bytes that wait to be taken by the client's poll or by the kernel.
  public var bufferedBytes: Int { queue.byteCount }

  /// Whether what is sent now can leave at once: the kernel takes it, or a poll waits for it.
  public var isReady: Bool { isReceiving && !isBlocked }

  /// Queues a message. It leaves at the end of this turn of the loop, with all others.
  ///
  /// Once the session is closed, messages are dropped.
  public func send(_ message: EncodedMessage) { enqueue(message.frame) }

  /// Queues messages that are whole unmasked WebSocket frames already.
  public func send(frames: ByteBuffer) { enqueue(frames) }

  /// Queues a text message, written straight into the session's buffer.
  ///
  /// - Parameters:
  ///   - length: how many bytes `write` is going to append.
  ///   - write: appends the text (a Socket.IO packet).
  public func sendText(length: Int, _ write: (inout ByteBuffer) -> Void) {
    guard admit(length) else { return }
    let size = WebSocketFrameHeader.size(payloadLength: length + 1) + 1 + length
    queue.append(capacity: size, using: &loop.spares) {
      TextFrame.write(length: length, into: &$0, write)
    }
    queued()
  }

  /// Queues messages that `write` appends as whole unmasked WebSocket frames.
  ///
  /// - Parameter length: about how many bytes these are.
  public func send(framesOf length: Int, _ write: (inout ByteBuffer) -> Void) {
    guard admit(length) else { return }
    queue.append(capacity: length, using: &loop.spares, write)
    queued()
  }

  /// Queues a binary message.
  public func sendBinary(_ bytes: ByteBuffer) {
    guard admit(bytes.readableBytes) else { return }
    let size = WebSocketFrameHeader.size(payloadLength: bytes.readableBytes)
    queue.append(capacity: size + bytes.readableBytes, using: &loop.spares) { buffer in
      WebSocketFrameHeader.write(.binary, payloadLength: bytes.readableBytes, into: &buffer)
      buffer.writeImmutableBuffer(bytes)
    }
    queued()
  }

  /// Closes the session at the end of this turn of the loop, after what is queued has been sent.
  ///
  /// The receiver's `closed` is called then, never from inside this call. A second call does
  /// nothing.
  public func close(_ reason: CloseReason) {
    guard session.isOpen, closing == nil else { return }
    closing = reason
    flushLater()
  }

  func enqueue(_ frame: ByteBuffer) {
    guard admit(frame.readableBytes) else { return }
    queue.append(frame)
    queued()
  }

  /// Whether `length` more bytes may be queued; closes a client that does not take what it gets.
  private func admit(_ length: Int) -> Bool {
    eventLoop.assertInEventLoop()
    guard session.isOpen, closing == nil else { return false }
    guard isBlocked, !hasRoom(for: length) else { return true }
    cutOff()
    return false
  }

  /// Closes a client that does not take what it gets; what waits for it is dropped.
  public func cutOff() {
    guard isReceiving else { return }
    queue.removeAll()
    close(.slowConsumer)
  }

  private var isBlocked: Bool {
    session.transport == .websocket ? isSocketBlocked : !session.isPollWaiting
  }

  private func queued() {
    if queue.byteCount > Self.writeEarly && !isBlocked { flushQueue() } else { flushLater() }
  }

  /// Bytes from which on a turn's messages are written without waiting for its end.
  private static let writeEarly = 256 * 1024

  // MARK: Flushing

  private func flushLater() {
    guard !isFlushDue else { return }
    isFlushDue = true
    loop.flushLater(self)
  }

  func flush() {
    isFlushDue = false
    if let reason = closing {
      closing = nil
      perform(session.close(reason))
    } else {
      flushQueue()
    }
  }

  func flushQueue() {
    guard !queue.isEmpty else { return }
    switch session.transport {
    case .websocket:
      guard !isSocketBlocked, let socket else { return }
      socket.write(queue.takeAll())
      isSocketBlocked = !socket.isWritable
    case .polling:
      guard session.isPollWaiting else { return }
      fillPoll()
      if session.takePoll() { answerPoll(.queued) }
    }
  }

  /// The socket's buffer has drained or filled.
  func writabilityChanged(of handler: WebSocketHandler) {
    guard handler === socket else { return }
    isSocketBlocked = !handler.isWritable
    guard !isSocketBlocked else { return }
    flushQueue()
    sendKept()
  }

  // MARK: Receiving

  /// Whether messages may still be delivered: the session is open and nobody is closing it.
  public var isReceiving: Bool { closing == nil && session.isOpen }

  func deliver(_ message: EngineMessage, from source: EngineSession.Source) {
    guard closing == nil, session.accepts(from: source) else { return }
    receiver?.received(message)
  }
}

extension EngineConnection: TurnEnd {}

extension EngineConnection: HeartbeatMember {
  var heartbeatDeadline: NIODeadline { session.deadline }
  var isAwaitingPong: Bool { session.isAwaitingPong }

  func heartbeat(now: NIODeadline) { perform(session.timerFired(now: now)) }

  func quiesce() { close(.serverShuttingDown) }
}
