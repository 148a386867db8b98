// The WebSocket side of a session: frames of its transport and of a candidate that wants to
// become it. Called on the session's event loop, whatever loop the WebSocket is read on.

import NIOCore
import RealtimeProtocol

extension EngineConnection {
  /// Messages of one read; the handler deals with control frames.
  func received(_ batch: WebSocketBatch, from handler: WebSocketHandler) {
    var index = 0
    if handler === socket, let receiver, type(of: receiver).takesRuns {
      index = deliverRun(of: batch, to: receiver)
    }
    for index in index..<batch.count where !batch.isControl(at: index) {
      if handler === socket,
        let text = batch.text(at: index, after: EnginePacketType.message.rawValue)
      {
        deliver(.text(text), from: .socket)
        continue
      }
      let (opcode, payload) = batch[index]
      if handler === socket {
        receivedFromSocket(opcode, payload)
      } else if handler === candidate {
        receivedFromCandidate(opcode, payload)
      }
    }
    receiver?.receivedAll()
  }

  /// Delivers the messages that a read begins with, if they are text.
  ///
  /// - Returns: how many items of the batch those were.
  private func deliverRun(of batch: WebSocketBatch, to receiver: any EngineReceiver) -> Int {
    let run = batch.leadingTexts(after: EnginePacketType.message.rawValue)
    if !run.isEmpty, isReceiving, session.accepts(from: .socket) { receiver.received(run) }
    return run.count
  }

  private func receivedFromSocket(_ opcode: WebSocketOpcode, _ payload: ByteBuffer) {
    guard opcode == .text else { return deliver(.binary(payload), from: .socket) }
    switch EnginePacket(text: payload) {
    case .message(let message): deliver(message, from: .socket)
    case .control(let type, let data):
      perform(session.received(type, data, from: .socket, now: .now()))
    case nil: perform(session.fail(.parseError))
    }
  }

  private func receivedFromCandidate(_ opcode: WebSocketOpcode, _ payload: ByteBuffer) {
    if opcode == .text, case .control(let type, let data) = EnginePacket(text: payload) {
      perform(session.received(type, data, from: .candidate, now: .now()))
    } else {
      perform(session.candidateFailed())
    }
  }

  /// A WebSocket with this session's id has come.
  ///
  /// - Returns: whether it may try to become the transport.
  func candidateArrived(_ handler: WebSocketHandler) -> Bool {
    guard session.candidateArrived(now: .now()) else { return false }
    candidate = handler
    let timer = DeadlineTimer(queue: loop.deadlines) { [weak self] in
      guard let self else { return }
      perform(session.candidateFailed())
    }
    timer.deadline = .now() + engine.configuration.engine.upgradeTimeout
    candidateTimer = timer
    return true
  }

  /// A WebSocket has ended by itself.
  func socketClosed(_ handler: WebSocketHandler, _ reason: CloseReason) {
    if handler === socket {
      flushQueue()
      socket = nil
      perform(session.fail(reason))
    } else if handler === candidate {
      candidate = nil
      candidateTimer.take()?.cancel()
      session.candidateLost()
    }
  }
}
