// How a WebSocket ends: by its peer, by its user, by a violation, or with its channel.

import NIOCore
import RealtimeProtocol

extension WebSocketHandler {
  /// How long a peer may take to answer a close frame.
  static let closeTimeout = TimeAmount.seconds(2)
  /// The same for one that has much to read before it.
  static let slowTimeout = TimeAmount.seconds(20)

  func closed(byPeer payload: ByteBuffer) {
    if state == .open {
      tellEnd(.transportClose)
      startClosing(code: WebSocketClose.code(of: payload), reason: "")
    }
    shutDown()
  }

  func violated(_ violation: ProtocolError) {
    switch violation.code {
    case .messageTooLarge:
      tellEnd(.messageTooLarge)
      startClosing(code: .messageTooBig, reason: violation.message)
    case .invalidUTF8, .invalidCompression:
      tellEnd(.transportError)
      startClosing(code: .invalidPayload, reason: violation.message)
    default:
      tellEnd(.transportError)
      startClosing(code: .protocolError, reason: violation.message)
    }
    shutDown()
  }

  func startClosing(
    code: WebSocketCloseCode?, reason: String, within timeout: TimeAmount = closeTimeout
  ) {
    guard state == .open, let context else { return }
    state = .closing
    user = nil
    let frame = WebSocketClose.frame(code: code, reason: reason)
    context.writeAndFlush(wrapOutboundOut(frame), promise: nil)
    let timer = DeadlineTimer(queue: loop.deadlines) { [weak self] in
      self?.context?.close(promise: nil)
    }
    timer.deadline = .now() + timeout
    closeTimer = timer
  }

  /// Reads nothing more, and ends the channel's output once all that was written has left.
  private func shutDown() {
    state = .closed
    guard let context else { return }
    context.close(mode: .output).assumeIsolatedUnsafeUnchecked().whenFailure { _ in
      context.close(promise: nil)
    }
  }

  func tellEnd(_ reason: CloseReason) {
    guard let user = user.take() else { return }
    if user.eventLoop === loop.eventLoop {
      user.socketClosed(self, reason)
    } else {
      user.eventLoop.execute { user.socketClosed(self, reason) }
    }
  }

  func ended(_ reason: CloseReason) {
    state = .closed
    context = nil
    stopPolling()
    closeTimer.take()?.cancel()
    tellEnd(reason)
  }
}
