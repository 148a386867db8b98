// One HTTP/1 connection: requests in, responses out, strictly in order, one at a time. Behind
// NIO's request decoder; nobody is behind it. Engine.IO requests go to EngineService, the rest to
// the responder. When a request becomes a WebSocket, this handler and the decoder leave the
// pipeline, whatever came before on the same connection.

import Logging
import NIOCore
import NIOHTTP1
import RealtimeProtocol

/// Serves the requests of one connection. Isolated to its channel's event loop.
final class HTTPConnectionHandler: ChannelDuplexHandler, RemovableChannelHandler {
  typealias InboundIn = HTTPServerRequestPart
  typealias OutboundIn = IOData
  typealias OutboundOut = IOData

  typealias Decoder = ByteToMessageHandler<HTTPRequestDecoder>

  /// Request parts that may wait behind the request that is being answered.
  private static let maxWaitingParts = 32
  /// How long a client may take to close after it has got its last response.
  static let lingerTimeout = TimeAmount.seconds(2)

  /// Where the connection is between one request and the next.
  enum State {
    case receiving
    case answering(Exchange)
    /// The last response has been sent; whatever comes is dropped.
    case lingering
    case upgrading
    case closed
  }

  /// A request that is being answered.
  struct Exchange {
    let number: Int
    var isKeptAlive: Bool
    let isHead: Bool
    let isHTTP10: Bool
    /// Headers that the response gets besides its own.
    let extraHeaders: HTTPHeaders
    /// Told when the client does not wait.
    var abandon: (() -> Void)?
    /// The body that is being sent piece by piece.
    var stream: ResponseStream?
    /// Whether each piece is a chunk.
    var isChunked = false
    /// Whether the answer has no meaning for a client that sends no more.
    var needsClient: Bool { abandon != nil || stream?.needsClient == true }
  }

  let service: ServerService
  let loop: ServerLoop
  /// Makes parts of what is read; `nil` while nothing is expected.
  var decoder: Decoder?
  let isSecure: Bool
  var context: ChannelHandlerContext?
  var state = State.receiving
  private var assembler = RequestAssembler()
  var parts = CircularBuffer<HTTPServerRequestPart>(initialCapacity: 2)
  var exchanges = 0
  var holdsRead = false
  private(set) var isInputClosed = false
  /// Whether something came behind the request that is being answered that is none.
  var isInputBroken = false
  private var isProcessing = false
  private(set) var isQuiescing = false
  private(set) lazy var timer = DeadlineTimer(queue: loop.deadlines) { [weak self] in
    self?.deadlinePassed()
  }
  /// What answers before requests come here.
  var readyFiles: ReadyFileHandler?
  private lazy var remoteAddress = context?.remoteAddress?.ipAddress ?? ""

  /// - Parameter isSecure: whether the connection is encrypted.
  init(service: ServerService, loop: ServerLoop, decoder: Decoder, isSecure: Bool) {
    self.service = service
    self.loop = loop
    self.decoder = decoder
    self.isSecure = isSecure
  }

  // MARK: Channel events

  func handlerAdded(context: ChannelHandlerContext) {
    self.context = context
    timer.deadline = .now() + service.configuration.requestTimeout
  }

  func handlerRemoved(context: ChannelHandlerContext) { ended() }

  func channelInactive(context: ChannelHandlerContext) {
    ended()
    context.fireChannelInactive()
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    switch state {
    case .receiving, .answering:
      guard decoder != nil else { return resumeDecoding(data, context) }
      parts.append(unwrapInboundIn(data))
      process()
    case .upgrading: parts.append(unwrapInboundIn(data))
    case .lingering, .closed: break
    }
  }

  func read(context: ChannelHandlerContext) {
    if mayRead { context.read() } else { holdsRead = true }
  }

  /// Whether more may be asked: not while much waits, nor while the client does not take its answers.
  private var mayRead: Bool {
    parts.count < Self.maxWaitingParts && (isWritable || !isReceiving)
  }

  private var isWritable: Bool { context?.channel.isWritable ?? false }

  private var isReceiving: Bool { if case .receiving = state { true } else { false } }

  func channelWritabilityChanged(context: ChannelHandlerContext) {
    if isReceiving { process() }
    context.fireChannelWritabilityChanged()
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    switch event {
    case ChannelEvent.inputClosed: inputClosed()
    case is ChannelShouldQuiesceEvent:
      isQuiescing = true
      if isReceiving, !assembler.isReceiving { linger() }
    default: context.fireUserInboundEventTriggered(event)
    }
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    switch (error as? HTTPParserError, state) {
    case (.headerOverflow?, .receiving): refuse(.requestHeaderFieldsTooLarge)
    case (.some, .receiving): refuse(.badRequest)
    case (.some, .lingering): break
    case (.some, .answering(let exchange)) where exchange.stream?.needsClient != true:
      isInputBroken = true
    default: context.close(promise: nil)
    }
  }

  /// The client sends no more. A poll or a stream that it can no longer mean is dropped with it;
  /// what else has been asked is answered.
  private func inputClosed() {
    isInputClosed = true
    switch state {
    case .answering(let exchange) where !exchange.needsClient: break
    case .receiving: if parts.isEmpty { linger() }
    case .lingering: closeAfterWrites()
    default: context?.close(promise: nil)
    }
  }

  /// Nothing more is answered; what has been written may leave.
  private func linger() {
    state = .lingering
    parts.removeAll()
    timer.deadline = .now() + service.configuration.idleTimeout
    closeAfterWrites()
  }

  private func ended() {
    let ended = state
    state = .closed
    context = nil
    readyFiles = nil
    parts.removeAll()
    timer.cancel()
    guard case .answering(let exchange) = ended else { return }
    exchange.abandon?()
    exchange.stream?.clientLeft()
  }

  private func deadlinePassed() {
    switch state {
    case .receiving where assembler.isReceiving || exchanges == 0: refuse(.requestTimeout)
    default: context?.close(promise: nil)
    }
  }

  // MARK: Requests

  /// Takes up what has come, for as long as the client takes the answers. What is answered at once is
  /// followed by the next request here, not by a call from within.
  func process() {
    guard !isProcessing else { return }
    isProcessing = true
    while isReceiving, isWritable, let part = parts.popFirst() {
      if !assembler.isReceiving {
        timer.deadline = .now() + service.configuration.requestTimeout
      }
      switch assembler.take(part, bodyLimit: service.bodyLimit) {
      case .more: break
      case .expectsContinue: if parts.isEmpty { writeContinue() }
      case .request(let request): begin(request)
      case .refuse(let status): refuse(status)
      }
    }
    isProcessing = false
    if isReceiving, parts.isEmpty {
      if isInputBroken { return refuse(.badRequest) }
      if isInputClosed { return linger() }
    }
    guard holdsRead && mayRead else { return }
    holdsRead = false
    context?.read()
  }

  private func begin(_ assembled: AssembledRequest) {
    guard let context else { return }
    let head = assembled.head
    let request = HTTPRequest(
      method: head.method, uri: head.uri, path: assembled.path, headers: head.headers,
      body: assembled.body, remoteAddress: remoteAddress, secure: isSecure,
      eventLoop: loop.eventLoop)
    timer.deadline = nil
    exchanges += 1
    let isForEngine = service.engine.serves(request.path)
    var exchange = Exchange(
      number: exchanges, isKeptAlive: head.isKeepAlive && !Self.stopsDecoder(head),
      isHead: head.method == .HEAD, isHTTP10: head.version.minor == 0,
      extraHeaders: isForEngine ? service.crossOriginHeaders(for: head.headers) : [:])
    if WebSocketUpgrade.isAsked(by: head) { return beginUpgrade(request, exchange, context) }
    let pending = service.respond(to: request, isForEngine: isForEngine, on: loop)
    exchange.abandon = pending.abandon
    state = .answering(exchange)
    let number = exchange.number
    pending.future.assumeIsolatedUnsafeUnchecked().whenComplete { self.answer($0, number) }
  }

  /// Whether NIO's decoder reads nothing more behind this request.
  private static func stopsDecoder(_ head: HTTPRequestHead) -> Bool {
    head.method == .CONNECT
      || head.headers.contains(name: "upgrade")
        && ["connection", "proxy-connection"].contains {
          head.headers[canonicalForm: $0].contains { $0.lowercased() == "upgrade" }
        }
  }

  private func answer(_ result: Result<HTTPResponse, any Error>, _ number: Int) {
    guard case .answering(var exchange) = state, exchange.number == number else {
      if case .success(let response) = result { response.body.discard() }
      return
    }
    exchange.abandon = nil
    state = .answering(exchange)
    send(service.response(result), for: exchange)
  }

  /// Answers what is not a request, and ends the connection.
  private func refuse(_ status: HTTPResponseStatus) {
    let exchange = Exchange(
      number: -1, isKeptAlive: false, isHead: false, isHTTP10: false, extraHeaders: [:])
    state = .answering(exchange)
    send(.text("\(status.code) \(status.reasonPhrase)\n", status: status), for: exchange)
  }

  /// Whether something has been asked, wholly or in part, behind the request that is being answered.
  var hasWaitingParts: Bool { assembler.isReceiving || !parts.isEmpty }
}
