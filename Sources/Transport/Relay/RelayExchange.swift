// One request that another node answers: from the moment it is asked for until its answer has been handed
// over. Short answers are gathered, long ones are streamed as fast as the client takes them.

import NIOCore
import NIOHTTP1

/// What another node answers.
enum RelayAnswer: Sendable {
  case response(HTTPResponse)
  /// The connection is a WebSocket's: what the handshake's answer says, and what takes the client's channel.
  case tunnel(HTTPHeaders, SpliceHandler)

  /// - Throws: ``TransportError`` if nothing but a response will do.
  var response: HTTPResponse {
    get throws {
      guard case .response(let response) = self else {
        throw TransportError(.nodeLost, "A node has answered something that was not asked")
      }
      return response
    }
  }
}

/// A request on its way and what comes back. Isolated to the event loop of both connections.
final class RelayExchange {
  private enum State {
    case connecting
    case waiting(RelayConnection)
    case gathering(RelayConnection, HTTPResponse)
    case streaming(RelayConnection, ResponseStream)
    case ended
  }

  /// Longer answers are streamed, in bytes.
  private static let maxGathered = 64 * 1024
  /// What may wait for the client while more is read, in bytes.
  private static let readAhead = 256 * 1024

  private let head: HTTPRequestHead
  private let body: ByteBuffer
  private let patience: TimeAmount
  private let deadlines: DeadlineQueue
  private let promise: EventLoopPromise<RelayAnswer>
  private var slot: RelaySlot?
  private var state = State.connecting
  private var gathered = ByteBuffer()
  private var timer: DeadlineTimer?

  init(
    _ head: HTTPRequestHead, _ body: ByteBuffer, slot: RelaySlot?, patience: TimeAmount,
    pool: RelayPool
  ) {
    self.head = head
    self.body = body
    self.slot = slot
    self.patience = patience
    deadlines = pool.deadlines
    promise = pool.eventLoop.makePromise()
  }

  /// The node's answer, or a ``TransportError``.
  var answer: EventLoopFuture<RelayAnswer> { promise.futureResult }

  /// Whether it is still wanted, and has no connection yet.
  var isWaiting: Bool {
    if case .connecting = state { true } else { false }
  }

  // MARK: Asking

  func send(on connection: RelayConnection) {
    state = .waiting(connection)
    let timer = DeadlineTimer(queue: deadlines) { [weak self] in self?.abandon() }
    timer.deadline = .now() + patience
    self.timer = timer
    connection.send(head, body, for: self)
  }

  /// It cannot be answered.
  func fail(_ error: TransportError) {
    if case .ended = state { return }
    end()
    promise.fail(error)
  }

  /// Nobody waits for the answer any more, or it has taken too long: the node is told by the end of the
  /// connection.
  func abandon() {
    let state = state
    switch state {
    case .connecting: fail(.nodeLost)
    case .waiting(let connection), .gathering(let connection, _):
      fail(.nodeLost)
      connection.close()
    case .streaming(let connection, let stream):
      end()
      stream.abort()
      connection.close()
    case .ended: break
    }
  }

  private func end() {
    state = .ended
    slot = nil
    timer.take()?.cancel()
  }

  // MARK: The answer

  /// The connection has ended before the answer has.
  func lost() {
    if case .streaming(_, let stream) = state {
      end()
      stream.breakOff()
    } else {
      fail(.nodeLost)
    }
  }

  func received(_ part: HTTPClientResponsePart) {
    if timer?.deadline != nil { timer?.deadline = .now() + patience }
    switch (part, state) {
    case (.head(let head), .waiting(let connection)): began(head, connection)
    case (.body(let bytes), .gathering(let connection, let response)):
      gathered.writeImmutableBuffer(bytes)
      if gathered.readableBytes > Self.maxGathered { stream(response, connection) }
    case (.body(let bytes), .streaming(let connection, let stream)):
      stream.write(bytes)
      if stream.bufferedBytes > Self.readAhead { pause(connection) }
    case (.end, .gathering(let connection, let response)): finish(response, connection)
    case (.end, .streaming(let connection, let stream)):
      end()
      stream.onWritten = nil
      stream.end()
      connection.finished()
    default: abandon()
    }
  }

  private func began(_ head: HTTPResponseHead, _ connection: RelayConnection) {
    guard head.status == .switchingProtocols else {
      state = .gathering(connection, RelayHead.response(head))
      return
    }
    guard self.head.headers.contains(name: "upgrade") else { return abandon() }
    let headers = RelayHead.handshake(head.headers)
    state = .gathering(connection, HTTPResponse(status: head.status, headers: headers))
  }

  private func finish(_ response: HTTPResponse, _ connection: RelayConnection) {
    if response.status == .switchingProtocols {
      let handler = SpliceHandler.join(connection, slot: slot)
      end()
      return promise.succeed(.tunnel(response.headers, handler))
    }
    // Its place is free before anybody who hears of the answer asks again.
    end()
    var response = response
    if gathered.readableBytes > 0 { response.body = .bytes(gathered) }
    connection.finished()
    promise.succeed(.response(response))
  }

  // MARK: Long answers

  private func stream(_ response: HTTPResponse, _ connection: RelayConnection) {
    let stream = ResponseStream(on: promise.futureResult.eventLoop)
    state = .streaming(connection, stream)
    stream.onClosed = { [weak self] in self?.abandon() }
    stream.onWritten = { [weak self, unowned stream] _ in
      guard let self, stream.bufferedBytes <= Self.readAhead else { return }
      resume(connection)
    }
    stream.write(gathered)
    gathered = ByteBuffer()
    var response = response
    response.body = .stream(stream)
    promise.succeed(.response(response))
  }

  /// It is the client who takes its time, which its own connection counts.
  private func pause(_ connection: RelayConnection) {
    timer?.deadline = nil
    connection.pause()
  }

  private func resume(_ connection: RelayConnection) {
    timer?.deadline = .now() + patience
    connection.resume()
  }
}
