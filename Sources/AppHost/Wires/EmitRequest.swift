// POST /NAME/emit: one event of a client that has no connection to send it on. Either the request is a
// client of its own for the moment, or it speaks for an open stream by its key.

import NIOCore
import NIOHTTP1
import RealtimeProtocol
import Transport

/// The body of the request.
struct EmitRequest {
  /// The event as Socket.IO has it: the array of name and arguments.
  let event: ByteBuffer
  /// The stream that it speaks for; nil for none.
  let key: String?

  init(_ request: HTTPRequest) throws(WireError) {
    // Browsers let foreign pages post forms and text, but not this, without asking first.
    guard request.isJSON else {
      throw WireError(
        status: 415, name: "content_type", message: "The content type must be application/json")
    }
    guard let fields = JSONFields(request.body), let name = fields.raw("event"),
      JSONFields.text(name) != nil, let event = PlainSession.event(name, fields.raw("args"))
    else {
      throw WireError(
        status: 400, name: "bad_request", message: #"The body must be {"event":NAME,"args":[…]}"#)
    }
    self.event = event
    key = fields.string("key")
  }

  /// Serves a request.
  static func serve(_ client: PlainClient, services: PlainServices) -> PendingResponse {
    let loop = client.context.eventLoop
    do throws(WireError) {
      let request = try EmitRequest(client.request)
      guard let key = request.key else {
        return EmitSession.serve(request.event, client, services: services)
      }
      guard let session = services.keys[key], session.namespace == client.namespace else {
        return try relay(client.request, of: key, services.relay)
      }
      let promise = loop.makePromise(of: HTTPResponse.self)
      session.context.eventLoop.execute {
        session.relay(request.event) { promise.succeed($0) }
      }
      return PendingResponse(future: promise.futureResult)
    } catch {
      return PendingResponse(future: loop.makeSucceededFuture(error.response))
    }
  }

  /// Has the node answer whose client has the key.
  private static func relay(
    _ request: HTTPRequest, of key: String, _ relay: Relay?
  ) throws(WireError) -> PendingResponse {
    guard let pending = relay?.forward(request, of: key) else { throw .unknownKey }
    let future = pending.future.flatMapErrorThrowing { error in
      let isFull = (error as? TransportError)?.code == .tooManyRelays
      return (isFull ? WireError.tooManyRelays : .unknownKey).response
    }
    return PendingResponse(future: future, abandon: pending.abandon)
  }
}

extension HTTPRequest {
  /// Whether the body says that it is JSON.
  var isJSON: Bool {
    let type = headers.first(name: "content-type")?.split(separator: ";").first ?? ""
    return type.lowercased().filter { $0 != " " } == "application/json"
  }
}

extension PlainSession {
  /// Sends an event for the client and answers with what the app answered. On the session's loop.
  func relay(_ event: ByteBuffer, _ respond: @escaping @Sendable (HTTPResponse) -> Void) {
    guard socket?.state == .connected else {
      return respond(
        WireError(status: 410, name: "gone", message: "The stream has ended").response)
    }
    let once = OneAnswer(respond)
    once.timeout = context.eventLoop.scheduleTask(in: services.answerTimeout) {
      once.give(WireError.noAnswer.response)
    }
    dispatch(event) { answer in once.give(Self.response(to: answer, with: [])) }
  }

  /// `{"ack":[…],"messages":[…]}`
  fileprivate static func response(
    to answer: Result<Outbound, WireError>, with messages: [ByteBuffer]
  ) -> HTTPResponse {
    switch answer {
    case .failure(let error): return error.response
    case .success(let packet):
      var body = ByteBuffer(string: "{\"ack\":")
      body.writeImmutableBuffer(packet.json)
      body.writeStaticString(",\"messages\":[")
      for (index, message) in messages.enumerated() {
        if index > 0 { body.writeStaticString(",") }
        body.writeImmutableBuffer(message)
      }
      body.writeStaticString("]}")
      return .json(body)
    }
  }
}

extension WireError {
  fileprivate static let noAnswer = WireError(
    status: 504, name: "timeout", message: "The app did not answer in time")
  fileprivate static let unknownKey = WireError(
    status: 404, name: "unknown_key", message: "No open stream has this key")
  fileprivate static let tooManyRelays = WireError(
    status: 503, name: "overloaded", message: "Too many requests for other nodes")
}

/// Whoever answers first answers. On one event loop.
// @unchecked: touched on the session's loop only.
private final class OneAnswer: @unchecked Sendable {
  private var respond: (@Sendable (HTTPResponse) -> Void)?
  /// What answers when nothing else does.
  var timeout: Scheduled<Void>?

  init(_ respond: @escaping @Sendable (HTTPResponse) -> Void) { self.respond = respond }

  func give(_ response: HTTPResponse) {
    timeout.take()?.cancel()
    respond.take()?(response)
  }
}

/// A client for the time of one event.
// @unchecked: mutable state is touched on `context.eventLoop` only.
private final class EmitSession: PlainSession, @unchecked Sendable {
  private let event: ByteBuffer
  private let promise: EventLoopPromise<HTTPResponse>
  private var messages: [ByteBuffer] = []
  private var messageBytes = 0
  private var timeout: Scheduled<Void>?
  private var isAnswered = false

  private init(_ event: ByteBuffer, _ client: PlainClient, services: PlainServices) {
    self.event = event
    promise = client.context.eventLoop.makePromise()
    super.init(client, services: services)
  }

  static func serve(
    _ event: ByteBuffer, _ client: PlainClient, services: PlainServices
  ) -> PendingResponse {
    let session = EmitSession(event, client, services: services)
    session.connect(auth: client.auth)
    return PendingResponse(future: session.promise.futureResult) { session.end(.transportClose) }
  }

  override func opened(_ acceptance: Acceptance) {
    dispatch(event) { [weak self] answer in
      guard let self else { return }
      respond(Self.response(to: answer, with: messages))
    }
    guard !isAnswered else { return }
    timeout = context.eventLoop.scheduleTask(in: services.answerTimeout) { [weak self] in
      self?.respond(WireError.noAnswer.response)
    }
  }

  override func write(_ forms: inout OutboundForms) {
    let message = forms.frame()
    messageBytes += message.readableBytes
    guard messageBytes <= services.maxBufferedBytes else { return end(.slowConsumer) }
    messages.append(message)
  }

  override func refused(_ error: WireError) { respond(error.response) }

  override func ended(_ reason: CloseReason) {
    respond(WireError.ended(reason).response)
  }

  private func respond(_ response: HTTPResponse) {
    guard !isAnswered else { return }
    isAnswered = true
    timeout?.cancel()
    promise.succeed(response)
    end(.transportClose)
  }
}
