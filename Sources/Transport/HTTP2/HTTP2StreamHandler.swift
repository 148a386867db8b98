// One stream of an HTTP/2 connection: a request comes, its response goes. The only handler of the
// stream's channel, until the stream becomes a WebSocket. Engine.IO requests go to EngineService,
// the rest to the responder, as over HTTP/1.

import NIOCore
import NIOHPACK
import NIOHTTP1
import NIOHTTP2

/// Serves one request. Isolated to its channel's event loop.
final class HTTP2StreamHandler: ChannelDuplexHandler, RemovableChannelHandler {
  typealias InboundIn = HTTP2Frame.FramePayload
  typealias InboundOut = HTTP2Frame.FramePayload
  typealias OutboundIn = HTTP2Frame.FramePayload
  typealias OutboundOut = HTTP2Frame.FramePayload

  enum State {
    case receiving
    case answering(Exchange)
    /// The end of the response has been written, or the stream is gone.
    case ended
  }

  /// A request that is being answered.
  struct Exchange {
    var isHead = false
    /// Headers that the response gets besides its own.
    var extraHeaders: HTTPHeaders = [:]
    /// Told when the client does not wait.
    var abandon: (() -> Void)?
    /// The body that is being sent.
    var stream: ResponseStream?
  }

  let service: ServerService
  let loop: ServerLoop
  var context: ChannelHandlerContext?
  var state = State.receiving
  /// Whether the client has sent all it will.
  private(set) var isInputClosed = false
  /// Whether what comes is kept for whoever takes the stream over.
  var holdsInput = false
  private var heldInput: [HTTP2Frame.FramePayload] = []
  private var assembler = RequestAssembler()
  private var timer: DeadlineTimer?

  init(service: ServerService, loop: ServerLoop) {
    self.service = service
    self.loop = loop
  }

  // MARK: Channel events

  func handlerAdded(context: ChannelHandlerContext) { self.context = context }

  func handlerRemoved(context: ChannelHandlerContext) { ended() }

  func channelInactive(context: ChannelHandlerContext) {
    ended()
    context.fireChannelInactive()
  }

  /// A reset comes as an error, then the channel is inactive.
  func errorCaught(context: ChannelHandlerContext, error: any Error) {}

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    let payload = unwrapInboundIn(data)
    if holdsInput { return heldInput.append(payload) }
    switch payload {
    case .headers(let headers):
      isInputClosed = headers.endStream
      if !assembler.isReceiving { received(headers.headers) }
      if headers.endStream { received(.end(nil)) }
    case .data(let data):
      isInputClosed = data.endStream
      if case .byteBuffer(let bytes) = data.data { received(.body(bytes)) }
      if data.endStream { received(.end(nil)) }
    default: break
    }
  }

  /// The client may send what its window allows, but is not asked for more.
  func read(context: ChannelHandlerContext) {
    if !holdsInput { context.read() }
  }

  /// Gives away what has come for whoever takes the stream over, and holds no more.
  func takeHeldInput() -> [HTTP2Frame.FramePayload] {
    holdsInput = false
    defer { heldInput = [] }
    return heldInput
  }

  private func ended() {
    let ended = state
    state = .ended
    context = nil
    timer.take()?.cancel()
    guard case .answering(let exchange) = ended else { return }
    exchange.abandon?()
    exchange.stream?.clientLeft()
  }

  // MARK: Time

  /// How long the client may take from now on for what it is expected to do; `nil` for as long as
  /// it likes.
  func allow(_ time: TimeAmount?) {
    guard let time else {
      timer?.deadline = nil
      return
    }
    let timer =
      timer
      ?? DeadlineTimer(queue: loop.deadlines) { [weak self] in self?.deadlinePassed() }
    timer.deadline = .now() + time
    self.timer = timer
  }

  private func deadlinePassed() {
    if case .receiving = state { refuse(.requestTimeout) } else { context?.close(promise: nil) }
  }

  // MARK: Request

  private func received(_ fields: HPACKHeaders) {
    guard case .receiving = state else { return }
    let size = fields.reduce(0) { $0 + $1.name.utf8.count + $1.value.utf8.count }
    guard fields.count <= service.configuration.maxHeaderFields,
      size <= service.configuration.maxHeaderBytes
    else { return refuse(.requestHeaderFieldsTooLarge) }
    let head = HTTPRequestHead(fields)
    if let name = fields.first(name: ":protocol") { return beginTunnel(head, through: name) }
    if !isInputClosed { allow(service.configuration.requestTimeout) }
    received(.head(head))
  }

  private func received(_ part: HTTPServerRequestPart) {
    guard case .receiving = state else { return }
    switch assembler.take(part, bodyLimit: service.bodyLimit) {
    case .more: break
    case .expectsContinue: writeContinue()
    case .request(let request): begin(request)
    case .refuse(let status): refuse(status)
    }
  }

  private func begin(_ assembled: AssembledRequest) {
    allow(nil)
    let head = assembled.head
    let request = request(head, path: assembled.path, body: assembled.body)
    let isForEngine = service.engine.serves(request.path)
    var exchange = Exchange(isHead: head.method == .HEAD)
    if isForEngine { exchange.extraHeaders = service.crossOriginHeaders(for: head.headers) }
    let pending = service.respond(to: request, isForEngine: isForEngine, on: loop)
    exchange.abandon = pending.abandon
    state = .answering(exchange)
    pending.future.assumeIsolatedUnsafeUnchecked().whenComplete { self.answer($0) }
  }

  func request(_ head: HTTPRequestHead, path: String, body: ByteBuffer) -> HTTPRequest {
    // The context has no address for a stream, its channel has.
    HTTPRequest(
      method: head.method, uri: head.uri, path: path, headers: head.headers, body: body,
      remoteAddress: context?.channel.remoteAddress?.ipAddress ?? "", secure: true,
      eventLoop: loop.eventLoop)
  }

  private func answer(_ result: Result<HTTPResponse, any Error>) {
    guard case .answering(var exchange) = state else {
      if case .success(let response) = result { response.body.discard() }
      return
    }
    exchange.abandon = nil
    send(service.response(result), for: exchange)
  }

  /// Answers what is not a request, and wants to hear no more of it.
  func refuse(_ status: HTTPResponseStatus) {
    let text = "\(status.code) \(status.reasonPhrase)\n"
    send(.text(text, status: status), for: Exchange())
  }
}
