// A WebSocket that is not Engine.IO's: messages in and out for one receiver. What is sent during
// a turn of the event loop leaves in one write at its end; a client that does not take what it
// gets is closed; one that is silent is pinged and then closed. WebSocketHandler parses and writes
// for it.

import NIOCore
import RealtimeProtocol

/// One open WebSocket. Isolated to `eventLoop`, the loop of its request.
///
/// `@unchecked Sendable` because it is handed over inside an answer: everything that changes is
/// touched on `eventLoop` only.
public final class WebSocketConnection: @unchecked Sendable {
  /// Bytes from which on a turn's messages are written without waiting for its end.
  private static let writeEarly = 256 * 1024

  /// Why the user ends the WebSocket, and what the client is told.
  private struct Closing {
    let reason: CloseReason
    let message: String?
  }

  public let eventLoop: any EventLoop
  var heartbeatLinks = HeartbeatLinks()
  private let loop: ServerLoop
  private let outboundLimit: Int
  private var heartbeat: Heartbeat
  private var queue = OutboundQueue()
  /// `nil` before the WebSocket is open and after it has ended.
  private var socket: WebSocketHandler?
  private var receiver: (any WebSocketReceiver)?
  private var isBlocked = false
  private var isFlushDue = false
  private var closing: Closing?

  init(loop: ServerLoop, configuration: ServerConfiguration) {
    eventLoop = loop.eventLoop
    self.loop = loop
    outboundLimit = configuration.outboundLimit
    heartbeat = Heartbeat(configuration: configuration.engine, now: .now())
  }

  /// Puts the connection to work on its WebSocket.
  func start(
    on handler: WebSocketHandler, _ open: (WebSocketConnection) -> any WebSocketReceiver
  ) {
    socket = handler
    isBlocked = !handler.isWritable
    loop.schedule(self)
    receiver = open(self)
  }

  // MARK: Sending

  /// Bytes that wait for the kernel to take them.
  public var bufferedBytes: Int { queue.byteCount }

  /// Whether the kernel takes what is sent.
  public var isReady: Bool { isOpen && !isBlocked }

  /// Queues a text message, which leaves at the end of this turn of the loop. A client that does
  /// not take what it gets is closed as a slow consumer.
  ///
  /// - Parameter text: UTF-8.
  public func send(text: ByteBuffer) { send(.text, text) }

  /// Queues a binary message, as `send(text:)` does.
  public func send(binary: ByteBuffer) { send(.binary, binary) }

  /// Queues a whole unmasked frame that several connections share.
  public func send(frame: ByteBuffer) {
    guard admit(frame.readableBytes) else { return }
    queue.append(frame)
    queued()
  }

  private func send(_ opcode: WebSocketOpcode, _ payload: ByteBuffer) {
    let length = payload.readableBytes
    guard admit(length) else { return }
    let size = WebSocketFrameHeader.size(payloadLength: length)
    queue.append(capacity: size + length, using: &loop.spares) { buffer in
      WebSocketFrameHeader.write(opcode, payloadLength: length, into: &buffer)
      buffer.writeImmutableBuffer(payload)
    }
    queued()
  }

  /// Sends what is queued, then a close frame with the reason's code, at the end of this turn of
  /// the loop.
  ///
  /// The receiver's `closed` is called then, never from inside this call. A second call does
  /// nothing.
  ///
  /// - Parameter message: what the close frame says, cut to 123 bytes; the reason's own text
  ///   without it.
  public func close(_ reason: CloseReason, message: String? = nil) {
    guard isOpen else { return }
    closing = Closing(reason: reason, message: message)
    flushLater()
  }

  private var isOpen: Bool { socket != nil && closing == nil }

  /// Whether `length` more bytes may be queued; closes a client that does not take what it gets.
  private func admit(_ length: Int) -> Bool {
    eventLoop.assertInEventLoop()
    guard isOpen else { return false }
    guard isBlocked, !hasRoom(for: length) else { return true }
    cutOff()
    return false
  }

  /// Whether `length` more bytes may wait for the client, wherever they do.
  public func hasRoom(for length: Int) -> Bool {
    let waiting = queue.byteCount + (receiver?.keptBytes ?? 0)
    return waiting == 0 || waiting + length <= outboundLimit
  }

  /// Closes a client that does not take what it gets; what waits for it is dropped.
  public func cutOff() {
    guard isOpen else { return }
    queue.removeAll()
    close(.slowConsumer)
  }

  private func queued() {
    if queue.byteCount > Self.writeEarly && !isBlocked { flushQueue() } else { flushLater() }
  }

  // MARK: Flushing

  private func flushLater() {
    guard !isFlushDue else { return }
    isFlushDue = true
    loop.flushLater(self)
  }

  private func flushQueue() {
    guard let socket, !isBlocked, !queue.isEmpty else { return }
    socket.write(queue.takeAll())
    isBlocked = !socket.isWritable
  }

  private func end(_ closing: Closing) {
    guard let socket = socket.take() else { return }
    socket.write(queue.takeAll())
    socket.close(closing.reason, message: closing.message)
    ended(closing.reason)
  }

  private func ended(_ reason: CloseReason) {
    loop.unschedule(self)
    queue.removeAll()
    receiver.take()?.closed(reason)
  }
}

extension WebSocketConnection: TurnEnd {
  func flush() {
    isFlushDue = false
    if let closing { end(closing) } else { flushQueue() }
  }
}

extension WebSocketConnection: WebSocketUser {
  func received(_ batch: WebSocketBatch, from handler: WebSocketHandler) {
    if isAwaitingPong { answered(now: .now()) }
    for index in 0..<batch.count where isOpen && !batch.isControl(at: index) {
      let (opcode, payload) = batch[index]
      if opcode == .text {
        receiver?.received(text: payload)
      } else {
        receiver?.received(binary: payload)
      }
    }
    receiver?.receivedAll()
  }

  func writabilityChanged(of handler: WebSocketHandler) {
    isBlocked = !handler.isWritable
    flushQueue()
    while isReady, receiver?.sendKept() == true {}
  }

  func socketClosed(_ handler: WebSocketHandler, _ reason: CloseReason) {
    guard socket.take() != nil else { return }
    // What the last messages were answered with still goes before the close frame.
    handler.write(queue.takeAll())
    ended(reason)
  }
}

extension WebSocketConnection: HeartbeatMember {
  private static let ping = {
    var frame = ByteBuffer()
    WebSocketFrameHeader.write(.ping, payloadLength: 0, into: &frame)
    return frame
  }()

  var heartbeatDeadline: NIODeadline { heartbeat.deadline }
  var isAwaitingPong: Bool { heartbeat.isAwaitingPong }

  func heartbeat(now: NIODeadline) {
    // A long message that is still arriving is a sign of life too.
    if isAwaitingPong, socket?.hasRead == true { return answered(now: now) }
    switch heartbeat.check(now: now) {
    case .nothing: break
    case .expired: return close(.pingTimeout)
    case .pingDue:
      socket?.hasRead = false
      send(frame: Self.ping)
    }
    loop.schedule(self)
  }

  func quiesce() { close(.serverShuttingDown) }

  private func answered(now: NIODeadline) {
    heartbeat.pong(now: now)
    loop.schedule(self)
  }
}
