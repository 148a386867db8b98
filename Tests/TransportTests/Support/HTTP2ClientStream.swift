import NIOCore
import NIOHPACK
import NIOHTTP2

/// One stream of an `HTTP2Client`.
final class HTTP2ClientStream: Sendable {
  struct Response: Sendable {
    var status = 0
    var headers: HPACKHeaders = [:]
    var bytes: [UInt8] = []
    /// Why the server ended the stream before its end.
    var reset: HTTP2ErrorCode?
    /// Whether the server has sent all it will.
    var isEnded = false

    var body: String { String(decoding: bytes, as: UTF8.self) }
  }

  struct TimedOut: Error {
    let status: Int
    let length: Int
  }

  private let channel: any Channel
  private let inbox: NIOLoopBound<StreamInbox>

  init(_ channel: any Channel) throws {
    let inbox = StreamInbox()
    try channel.pipeline.syncOperations.addHandler(inbox)
    self.channel = channel
    self.inbox = NIOLoopBound(inbox, eventLoop: channel.eventLoop)
  }

  /// Fails when the connection ends first.
  func send(_ payload: HTTP2Frame.FramePayload) async throws {
    try await channel.eventLoop.flatSubmit { [channel] in
      let promise = channel.eventLoop.makePromise(of: Void.self)
      channel.parent?.closeFuture.whenComplete { _ in promise.fail(ChannelError.eof) }
      channel.writeAndFlush(payload, promise: promise)
      return promise.futureResult
    }.get()
  }

  func send(_ text: String, endStream: Bool = false) async throws {
    try await send(
      .data(.init(data: .byteBuffer(ByteBuffer(string: text)), endStream: endStream)))
  }

  func send(_ bytes: [UInt8], endStream: Bool = false) async throws {
    try await send(
      .data(.init(data: .byteBuffer(ByteBuffer(bytes: bytes)), endStream: endStream)))
  }

  /// Sends a masked WebSocket frame of fewer than 126 bytes.
  func sendFrame(opcode: UInt8 = 1, _ payload: [UInt8], endStream: Bool = false) async throws {
    let key: [UInt8] = [1, 2, 3, 4]
    try await send(
      [0x80 | opcode, 0x80 | UInt8(payload.count)] + key
        + payload.enumerated().map { $1 ^ key[$0 & 3] }, endStream: endStream)
  }

  /// Stops or goes on taking what comes.
  func setAutoRead(_ isOn: Bool) async throws {
    try await channel.setOption(.autoRead, value: isOn).get()
    if isOn { channel.read() }
  }

  /// Tells the server that nobody wants the rest.
  func reset() async throws { try await send(.rstStream(.cancel)) }

  /// The whole response, or what there was when the stream was reset.
  func response() async throws -> Response { try await response { $0.isEnded } }

  /// The response as soon as it fulfils a condition.
  func response(
    when condition: @escaping @Sendable (Response) -> Bool
  ) async throws -> Response {
    try await channel.eventLoop.flatSubmit { [inbox, channel] in
      let promise = channel.eventLoop.makePromise(of: Response.self)
      inbox.value.expect(on: channel.eventLoop, promise, condition)
      return promise.futureResult
    }.get()
  }
}

private final class StreamInbox: ChannelInboundHandler {
  typealias InboundIn = HTTP2Frame.FramePayload

  private var response = HTTP2ClientStream.Response()
  private var onChange: (() -> Void)?

  func expect(
    on eventLoop: any EventLoop, _ promise: EventLoopPromise<HTTP2ClientStream.Response>,
    _ condition: @escaping (HTTP2ClientStream.Response) -> Bool
  ) {
    let timeout = eventLoop.assumeIsolatedUnsafeUnchecked().scheduleTask(in: .seconds(10)) {
      self.onChange = nil
      promise.fail(
        HTTP2ClientStream.TimedOut(
          status: self.response.status, length: self.response.bytes.count))
    }
    onChange = { [unowned self] in
      guard condition(response) else { return }
      onChange = nil
      timeout.cancel()
      promise.assumeIsolatedUnsafeUnchecked().succeed(response)
    }
    onChange?()
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    switch unwrapInboundIn(data) {
    case .headers(let headers):
      response.status = headers.headers.first(name: ":status").flatMap { Int($0) } ?? 0
      response.headers = headers.headers
      response.isEnded = headers.endStream
    case .data(let data):
      if case .byteBuffer(let bytes) = data.data {
        response.bytes += bytes.readableBytesView
      }
      response.isEnded = data.endStream
    default: break
    }
    onChange?()
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    if let closed = error as? NIOHTTP2Errors.StreamClosed { response.reset = closed.errorCode }
  }

  func channelInactive(context: ChannelHandlerContext) {
    response.isEnded = true
    onChange?()
  }
}
