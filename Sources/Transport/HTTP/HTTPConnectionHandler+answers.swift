// What follows an answer, and answers that are made before a request comes here.

import NIOCore

extension HTTPConnectionHandler {
  // MARK: Answers made elsewhere

  /// Whether nothing has been asked that is not answered, and more may be asked.
  var isAtRest: Bool {
    guard case .receiving = state else { return false }
    return !hasWaitingParts && !isQuiescing && !isInputClosed
  }

  /// Requests have been answered while the connection was at rest.
  func answered(at now: NIODeadline) {
    exchanges += 1
    timer.deadline = now + service.configuration.idleTimeout
  }

  /// Sends what is left of answers that were begun while the connection was at rest.
  func finish(_ rest: ByteBuffer) {
    exchanges += 1
    let exchange = Exchange(
      number: exchanges, isKeptAlive: true, isHead: false, isHTTP10: false, extraHeaders: [:])
    send(ResponseStream(of: rest, on: loop.eventLoop), for: exchange)
  }

  // MARK: After a response

  /// The response has left, or is in the channel's hands.
  func responded(to exchange: Exchange) {
    guard case .answering = state else { return }
    let isLast = (isInputClosed || isInputBroken) && parts.isEmpty
    if exchange.isKeptAlive && !isQuiescing && !isLast {
      state = .receiving
      timer.deadline = .now() + service.configuration.idleTimeout
      process()
    } else {
      state = .lingering
      parts.removeAll()
      timer.deadline = .now() + Self.lingerTimeout
      if isInputClosed {
        closeAfterWrites()
      } else {
        context?.close(mode: .output, promise: nil)
        if holdsRead { context?.read() }
      }
    }
  }
}
