// Performs what the state machine decides.

import NIOCore
import RealtimeProtocol

extension EngineConnection {
  /// Performs actions in order.
  ///
  /// - Parameter request: the poll or POST that is being handled, if one is.
  func perform(_ actions: [EngineAction], for request: EventLoopPromise<HTTPResponse>? = nil) {
    for action in actions { perform(action, for: request) }
  }

  private func perform(_ action: EngineAction, for request: EventLoopPromise<HTTPResponse>?) {
    switch action {
    case .holdPoll: poll = request
    case .answerArriving(let answer): request?.succeed(response(answer))
    case .answerPoll(let answer): answerPoll(answer)
    case .releasePollLater: awaitGrace()
    case .holdPost:
      heldPost = request
      awaitGrace()
    case .answerPost:
      heldPost?.succeed(.posted)
      heldPost = nil
    case .sendPing: enqueue(EngineFrame.ping)
    case .rescheduleHeartbeat: loop.schedule(self)
    case .answerProbe: candidate?.write(EngineFrame.probeAnswer)
    case .adoptCandidate: adoptCandidate()
    case .dropCandidate: dropCandidate()
    case .closeSocket(let reason): closeSocket(reason)
    case .finish(let reason): finish(reason)
    case .forget: forget()
    case .forgetLater: forgetLater()
    }
  }

  func answerPoll(_ answer: PollAnswer) {
    guard let promise = poll.take() else { return }
    promise.succeed(response(answer))
  }

  private func response(_ answer: PollAnswer) -> HTTPResponse {
    var body = ByteBuffer()
    switch answer {
    case .refuse(let error): return .refusal(error)
    case .noop: body.writeString("6")
    case .noopAndClose: body.writeString("6\u{1E}1")
    case .queued: takeQueue(PollingPayload.maxPackets, into: &body)
    case .close:
      takeQueue(.max, into: &body)
      body.writeString(body.readableBytes > 0 ? "\u{1E}1" : "1")
    }
    return .packets(body)
  }

  /// Takes at most `limit` packets; what is left waits for the next poll.
  private func takeQueue(_ limit: Int, into body: inout ByteBuffer) {
    var room = limit
    var rest = OutboundQueue()
    for var frames in queue.takeAll() {
      room -= PollingPayload.move(room, framesFrom: &frames, to: &body)
      if frames.readableBytes > 0 { rest.append(frames) }
    }
    queue = rest
  }

  private func awaitGrace() {
    eventLoop.assumeIsolatedUnsafeUnchecked().scheduleTask(in: EngineSession.grace) {
      self.perform(self.session.graceEnded())
    }
  }

  private func adoptCandidate() {
    candidateTimer.take()?.cancel()
    socket = candidate.take()
    flushQueue()
    sendKept()
  }

  private func dropCandidate() {
    candidateTimer.take()?.cancel()
    candidate.take()?.close(.forcedServerClose)
  }

  private func closeSocket(_ reason: CloseReason) {
    guard let socket = socket.take() else { return }
    socket.write(queue.takeAll())
    socket.close(reason)
  }

  private func finish(_ reason: CloseReason) {
    loop.unschedule(self)
    receiver.take()?.closed(reason)
  }

  private func forget() {
    engine.sessions[id] = nil
    queue.removeAll()
  }

  private func forgetLater() {
    let time = engine.configuration.engine.pingTimeout
    eventLoop.assumeIsolatedUnsafeUnchecked().scheduleTask(in: time) { self.forget() }
  }
}

extension HTTPResponse {
  /// A polling payload.
  static func packets(_ body: ByteBuffer) -> HTTPResponse {
    HTTPResponse(
      status: .ok,
      headers: ["content-type": "text/plain; charset=UTF-8", "cache-control": "no-store"],
      body: .bytes(body))
  }

  /// The answer to a POST that was accepted.
  static var posted: HTTPResponse {
    HTTPResponse(
      status: .ok, headers: ["content-type": "text/html", "cache-control": "no-store"],
      body: .bytes(ByteBuffer(string: "ok")))
  }

  /// The answer to an Engine.IO request that is refused.
  static func refusal(_ error: EngineError, message: String? = nil) -> HTTPResponse {
    .json(
      ByteBuffer(string: error.body(message: message)),
      status: .init(statusCode: error.status))
  }

  /// The answer to a polling handshake that its endpoint refuses.
  static func refusal(_ rejection: Rejection) -> HTTPResponse {
    .refusal(.forbidden, message: rejection.message)
  }
}
