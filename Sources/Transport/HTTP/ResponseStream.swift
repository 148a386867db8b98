// A response body that its maker writes piece by piece: event streams, generated downloads. The
// maker holds one end, the connection that carries the response the other; both live on the same
// event loop. At most one piece is on its way at a time: what is written meanwhile is gathered
// here, where it can be counted.

import NIOCore

/// The connection, or the HTTP/2 stream, under a response body. Called on its event loop.
protocol ResponseCarrier: AnyObject {
  /// Sends a piece of the body, perhaps empty if it is the last, and calls the stream's
  /// ``ResponseStream/pieceLeft()`` once the client's kernel or window has taken it; perhaps before
  /// this returns.
  func carry(_ piece: OutboundQueue, isLast: Bool)

  /// Ends the response in a way that the client can tell from its regular end.
  func abortBody()
}

/// The body of a response that is not known when its head is sent. Isolated to `eventLoop`.
///
/// `@unchecked Sendable` because it travels inside a response: everything that changes is touched on
/// `eventLoop` only.
public final class ResponseStream: @unchecked Sendable {
  private enum State {
    case open
    /// The maker has ended it; the end is still to be carried.
    case ending
    /// The last piece is being carried.
    case finishing
    case closed
  }

  /// The most that is given to the connection at a time, in bytes.
  private static let pieceLength = 256 * 1024

  /// The loop of the request's connection.
  public let eventLoop: any EventLoop
  /// Bytes that have been written and have not left for the client.
  public private(set) var bufferedBytes = 0
  /// Told how many bytes have left since it was told last.
  public var onWritten: ((Int) -> Void)?
  /// Told once when the client has left before ``end()``; never after it.
  public var onClosed: (() -> Void)?

  /// Whether the body has no meaning for a client that sends no more.
  var needsClient = true
  private var state = State.open
  private var queue = OutboundQueue()
  private var carrier: (any ResponseCarrier)?
  private var loop: ServerLoop?
  private var isFlushDue = false
  private var isPumping = false
  /// Whether a piece has been given to the carrier that has not left.
  private(set) var isCarrying = false
  private var carriedBytes = 0
  /// Bytes that have left since ``onWritten`` was told.
  private var leftBytes = 0

  public init(on eventLoop: any EventLoop) { self.eventLoop = eventLoop }

  /// A body that is known already, to be sent as fast as the client takes it.
  convenience init(of bytes: ByteBuffer, on eventLoop: any EventLoop) {
    self.init(on: eventLoop)
    write(bytes)
    end()
  }

  // MARK: For the maker

  /// Whether what is written is not dropped.
  var isOpen: Bool { state == .open }

  /// Whether the client takes what is written.
  public var isReady: Bool { state == .open && !isCarrying }

  /// Queues bytes, which leave at the end of this turn of the loop. Dropped once the stream is closed.
  public func write(_ bytes: ByteBuffer) {
    eventLoop.assertInEventLoop()
    guard state == .open, bytes.readableBytes > 0 else { return }
    queue.append(bytes)
    bufferedBytes += bytes.readableBytes
    flushLater()
  }

  /// Ends the response behind what has been written.
  public func end() {
    eventLoop.assertInEventLoop()
    guard state == .open else { return }
    state = .ending
    needsClient = false
    onClosed = nil
    flushLater()
  }

  /// Ends the connection (over HTTP/2 the stream) at once, whatever has been written.
  public func abort() {
    eventLoop.assertInEventLoop()
    guard state != .closed else { return }
    let carrier = carrier
    close()
    carrier?.abortBody()
  }

  /// Ends the response behind what has been written, so that the client can tell that it is not
  /// complete.
  public func breakOff() {
    eventLoop.assertInEventLoop()
    guard state == .open else { return }
    onClosed = nil
    if bufferedBytes == 0 { return abort() }
    onWritten = { [unowned self] _ in
      if bufferedBytes == 0 { abort() }
    }
  }

  // MARK: For the connection

  /// Gives the stream what carries it; what has been written before is carried at once.
  func attach(to carrier: any ResponseCarrier, on loop: ServerLoop) {
    guard state != .closed else { return carrier.abortBody() }
    self.carrier = carrier
    self.loop = loop
    pump()
  }

  /// The piece that was being carried has left.
  func pieceLeft() {
    guard isCarrying else { return }
    isCarrying = false
    leftBytes += carriedBytes
    bufferedBytes -= carriedBytes
    if !isPumping { pump() }
  }

  /// Nobody is there any more to take the body, or nobody wants one. A last piece that is being
  /// carried ends the stream anyway.
  func clientLeft() {
    guard state != .closed, state != .finishing else { return }
    let onClosed = onClosed
    close()
    onClosed?()
  }

  // MARK: Carrying

  private func flushLater() {
    guard !isFlushDue, !isCarrying, let loop else { return }
    isFlushDue = true
    loop.flushLater(self)
  }

  /// Carries what there is until the carrier has to wait.
  private func pump() {
    isPumping = true
    while !isCarrying, let carrier, state == .ending || state == .open && !queue.isEmpty {
      let piece = queue.take(atMost: Self.pieceLength)
      if state == .ending && queue.isEmpty { state = .finishing }
      isCarrying = true
      carriedBytes = piece.byteCount
      carrier.carry(piece, isLast: state == .finishing)
    }
    isPumping = false
    report()
    if state == .finishing && !isCarrying { close() }
  }

  private func report() {
    guard leftBytes > 0 else { return }
    let bytes = leftBytes
    leftBytes = 0
    onWritten?(bytes)
  }

  private func close() {
    state = .closed
    queue.removeAll()
    bufferedBytes = 0
    isCarrying = false
    carrier = nil
    onWritten = nil
    onClosed = nil
  }
}

extension ResponseStream: TurnEnd {
  func flush() {
    isFlushDue = false
    pump()
  }
}
