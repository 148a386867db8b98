// One HTTP request that a script answers, between the connection that it came by and the app's
// isolate. Like a socket it has two sides: the connection's loop owns the promise and the stream, the
// isolate owns the handle.

import NIOCore
import NIOHTTP1
import PubSub
import RealtimeProtocol
import Transport

/// What a script's handler answers: a response, or its head.
struct RouteResponse: Sendable {
  let status: Int
  let headers: [(String, String)]
  let body: ByteBuffer
  /// Whether the body follows piece by piece.
  let isStreamed: Bool
  /// Where the channels stood that a page's answer tells the models of, at that moment.
  var positions: [String: Position] = [:]
  /// Whether comments keep the stream alive.
  var isEventStream: Bool {
    headers.contains { $0.lowercased() == "content-type" && $1.hasPrefix("text/event-stream") }
  }
}

/// A request on its way through an app.
// @unchecked: each mutable member says who touches it; nobody else does.
class RequestExchange: @unchecked Sendable {
  /// The route as its script wrote it.
  let route: String
  let namespace: String
  /// The request as scripts see it, a JSON object; its attachments are the body and the files.
  let description: ByteBuffer
  let attachments: [ByteBuffer]
  let handshake: Handshake
  let context: LoopContext
  private let isolate: AppIsolate
  private let maxBufferedBytes: Int

  /// On the connection's loop.
  private let promise: EventLoopPromise<HTTPResponse>
  /// On the connection's loop.
  private var isAnswered = false
  /// On the connection's loop.
  private var stream: ResponseStream?
  /// In the isolate; 0 while it has no seat.
  var handle: UInt64 = 0
  /// Whether the response is to tell ``RouteResponse/positions``.
  var asksForPositions: Bool { false }

  init(
    route: String, namespace: String, description: ByteBuffer, attachments: [ByteBuffer],
    handshake: Handshake, context: LoopContext, isolate: AppIsolate, maxBufferedBytes: Int
  ) {
    self.route = route
    self.namespace = namespace
    self.description = description
    self.attachments = attachments
    self.handshake = handshake
    self.context = context
    self.isolate = isolate
    self.maxBufferedBytes = maxBufferedBytes
    promise = context.eventLoop.makePromise()
  }

  /// Hands the request to its app. Called on the connection's loop.
  func begin() -> PendingResponse {
    if isolate.isOverloaded {
      respond(.error("overloaded", "The app is too busy", status: 503))
    } else {
      isolate.submit([.request(self)])
    }
    return PendingResponse(future: promise.futureResult) { [self] in left() }
  }

  // MARK: On the connection's loop

  /// Answers, or begins to.
  func respond(_ response: RouteResponse) {
    guard !isAnswered else { return }
    isAnswered = true
    var headers = HTTPHeaders()
    for (name, value) in response.headers { headers.add(name: name, value: value) }
    var answer = HTTPResponse(
      status: .init(statusCode: response.status), headers: headers, body: .bytes(response.body))
    if response.isStreamed {
      let stream = open(isEventStream: response.isEventStream)
      if response.body.readableBytes > 0 { stream.write(response.body) }
      answer.body = .stream(stream)
    } else if response.body.readableBytes == 0 {
      answer.body = .none
    }
    promise.succeed(answer)
  }

  /// Writes a piece of the stream, however long; a client that has left too much untaken is cut off.
  func write(_ bytes: ByteBuffer) {
    guard let stream else { return }
    guard stream.bufferedBytes <= maxBufferedBytes else {
      stream.abort()
      end()
      return left()
    }
    stream.write(bytes)
  }

  /// Ends the stream. A client can tell one that is not complete from one that is.
  func end(isComplete: Bool = true) {
    guard let stream = stream.take() else { return }
    context.heartbeat.remove(stream)
    if isComplete { stream.end() } else { stream.breakOff() }
  }

  private func open(isEventStream: Bool) -> ResponseStream {
    let stream = ResponseStream(on: context.eventLoop)
    stream.onWritten = { [self] bytes in isolate.submit([.drained(self, bytes: bytes)]) }
    stream.onClosed = { [self] in
      end()
      left()
    }
    self.stream = stream
    if isEventStream { context.heartbeat.add(stream) }
    return stream
  }

  /// The client does not wait. What the script answers is dropped.
  func left() {
    if !isAnswered {
      isAnswered = true
      promise.succeed(HTTPResponse(status: .internalServerError))
    }
    isolate.submit([.abandon(self)])
  }
}

extension RouteResponse {
  /// The host's own answer to a request for an app: `{"error":…,"message":…}`.
  static func error(_ name: String, _ message: String, status: Int) -> RouteResponse {
    RouteResponse(
      status: status, headers: [("content-type", "application/json")],
      body: ByteBuffer(
        string: #"{"error":\#(jsonString(name)),"message":\#(jsonString(message))}"#),
      isStreamed: false)
  }
}
