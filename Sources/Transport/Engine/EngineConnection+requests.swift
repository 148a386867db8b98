// The polling side of a session: polls, POSTs, and clients that leave without an answer. Called
// on the session's event loop; the promises belong to the loops of their connections.

import NIOCore
import RealtimeProtocol

extension EngineConnection {
  /// Puts a session to work that begins with polling.
  ///
  /// - Returns: the response with the handshake packet.
  func start(_ endpoint: any EngineEndpoint) -> HTTPResponse {
    var body = ByteBuffer()
    PollingPayload.append(frames: handshakeFrame, to: &body)
    engine.sessions[id] = self
    loop.schedule(self)
    receiver = endpoint.open(self)
    return .packets(body)
  }

  /// Puts a session to work that begins on a WebSocket; the handshake packet goes first.
  func start(_ endpoint: any EngineEndpoint, on handler: WebSocketHandler) {
    socket = handler
    enqueue(handshakeFrame)
    loop.schedule(self)
    receiver = endpoint.open(self)
  }

  private var handshakeFrame: ByteBuffer {
    EngineFrame.open(
      sid: id, upgrades: session.transport == .polling,
      configuration: engine.configuration.engine)
  }

  /// A poll has come.
  func pollArrived(_ stamp: String?, _ promise: EventLoopPromise<HTTPResponse>) {
    if session.transport == .polling { fillPoll() }
    let actions = session.pollArrived(now: .now(), hasQueued: !queue.isEmpty, stamp: stamp)
    perform(actions, for: promise)
  }

  /// The connection of a poll that was not answered is gone.
  func pollAborted(_ promise: EventLoopPromise<HTTPResponse>) {
    guard poll?.futureResult === promise.futureResult else { return }
    poll = nil
    promise.succeed(.refusal(.badRequest))
    perform(session.pollAborted())
  }

  /// A POST has come, with its whole body.
  func postArrived(
    _ body: ByteBuffer, _ stamp: String?, _ promise: EventLoopPromise<HTTPResponse>
  ) {
    let (refusal, actions) = session.postArrived(now: .now())
    perform(actions)
    if let refusal { return promise.succeed(.refusal(refusal)) }
    guard session.isNew(postWith: stamp) else { return promise.succeed(.posted) }
    do {
      try receive(PollingPayloadDecoder(body), promise)
      // The answer comes before what the messages bring about: python-engineio, asked to close while
      // a POST is not answered yet, never says goodbye.
      if heldPost == nil { promise.succeed(.posted) }
      receiver?.receivedAll()
    } catch {
      receiver?.receivedAll()
      perform(session.fail(.parseError))
      promise.succeed(.refusal(.badRequest))
    }
  }

  private func receive(
    _ payload: PollingPayloadDecoder, _ promise: EventLoopPromise<HTTPResponse>
  ) throws(ProtocolError) {
    var payload = payload
    while isReceiving, let packet = try payload.next() {
      switch packet {
      case .message(let message): deliver(message, from: .polling)
      case .control(let type, let data):
        perform(session.received(type, data, from: .polling, now: .now()), for: promise)
      }
    }
  }
}
