// An HTTP/2 client whose streams a test drives one by one: what it sends is up to the test, what
// comes back is kept as it came.

import NIOCore
import NIOHPACK
import NIOHTTP2
import NIOPosix

/// One HTTP/2 connection to the server under test.
final class HTTP2Client: Sendable {
  private let channel: any Channel
  private let multiplexer: NIOHTTP2Handler.StreamMultiplexer
  private let inbox: NIOLoopBound<ConnectionInbox>

  static func connect(
    to port: Int, settings: HTTP2Settings = nioDefaultSettings
  ) async throws -> HTTP2Client {
    let tls = try ClientTLS(protocols: ["h2"])
    return try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .connect(host: "127.0.0.1", port: port)
      .flatMapThrowing { channel in try HTTP2Client(channel, tls, settings) }
      .get()
  }

  private init(_ channel: any Channel, _ tls: ClientTLS, _ settings: HTTP2Settings) throws {
    self.channel = channel
    let inbox = ConnectionInbox()
    self.inbox = NIOLoopBound(inbox, eventLoop: channel.eventLoop)
    var connection = NIOHTTP2Handler.ConnectionConfiguration()
    connection.initialSettings = settings
    connection.headerBlockValidation = .disabled
    let handler = NIOHTTP2Handler(
      mode: .client, eventLoop: channel.eventLoop, connectionConfiguration: connection
    ) { $0.close() }
    try channel.pipeline.syncOperations.addHandlers(tls.makeHandler(), handler, inbox)
    multiplexer = try handler.syncMultiplexer()
  }

  /// Opens a stream and sends the head of a request.
  func open(
    _ method: String, _ path: String, _ fields: [(String, String)] = [], endStream: Bool = true
  ) async throws -> HTTP2ClientStream {
    var headers: HPACKHeaders = [
      ":method": method, ":path": path, ":scheme": "https", ":authority": "localhost",
    ]
    headers.add(contentsOf: fields)
    return try await open(headers, endStream: endStream)
  }

  func open(_ headers: HPACKHeaders, endStream: Bool = true) async throws -> HTTP2ClientStream {
    let stream = try await channel.eventLoop.flatSubmit { [channel, multiplexer] in
      let promise = channel.eventLoop.makePromise(of: HTTP2ClientStream.self)
      channel.closeFuture.whenComplete { _ in promise.fail(ChannelError.eof) }
      multiplexer.createStreamChannel(promise: nil) { stream in
        stream.eventLoop.makeCompletedFuture {
          promise.succeed(try HTTP2ClientStream(stream))
        }
      }
      return promise.futureResult
    }.get()
    try await stream.send(.headers(.init(headers: headers, endStream: endStream)))
    return stream
  }

  /// Asks for a WebSocket.
  func openWebSocket(
    _ path: String, protocol name: String = "websocket", _ fields: [(String, String)] = []
  ) async throws -> HTTP2ClientStream {
    var headers: HPACKHeaders = [
      ":method": "CONNECT", ":protocol": name, ":path": path, ":scheme": "https",
      ":authority": "localhost", "sec-websocket-version": "13",
    ]
    headers.add(contentsOf: fields)
    return try await open(headers, endStream: false)
  }

  /// A whole exchange.
  func request(
    _ method: String, _ path: String, _ fields: [(String, String)] = [], body: String = ""
  ) async throws -> HTTP2ClientStream.Response {
    let stream = try await open(method, path, fields, endStream: body.isEmpty)
    if !body.isEmpty { try await stream.send(body, endStream: true) }
    return try await stream.response()
  }

  /// Waits for the server's next GOAWAY.
  func goAway() async throws -> (last: HTTP2StreamID, code: HTTP2ErrorCode) {
    try await inbox.eventLoop.flatSubmit { [inbox, channel] in
      let promise = channel.eventLoop.makePromise(
        of: (last: HTTP2StreamID, code: HTTP2ErrorCode).self)
      inbox.value.next(promise)
      channel.eventLoop.scheduleTask(in: .seconds(10)) {
        promise.fail(ChannelError.connectTimeout(.seconds(10)))
      }
      return promise.futureResult
    }.get()
  }

  /// Waits for the end of the connection.
  func ended() async throws {
    let end = channel.eventLoop.makePromise(of: Void.self)
    channel.closeFuture.cascade(to: end)
    channel.eventLoop.scheduleTask(in: .seconds(10)) {
      end.fail(ChannelError.connectTimeout(.seconds(10)))
    }
    try await end.futureResult.get()
  }

  func close() async throws { try await channel.close() }

  func send(_ frame: HTTP2Frame) async throws { try await channel.writeAndFlush(frame).get() }
}

/// Keeps the GOAWAY frames of a connection.
private final class ConnectionInbox: ChannelInboundHandler {
  typealias InboundIn = HTTP2Frame

  private var frames: [(last: HTTP2StreamID, code: HTTP2ErrorCode)] = []
  private var waiting: EventLoopPromise<(last: HTTP2StreamID, code: HTTP2ErrorCode)>?
  private var isClosed = false

  func next(_ promise: EventLoopPromise<(last: HTTP2StreamID, code: HTTP2ErrorCode)>) {
    waiting = promise
    deliver()
    if isClosed { waiting.take()?.fail(ChannelError.ioOnClosedChannel) }
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    guard case .goAway(let last, let code, _) = unwrapInboundIn(data).payload else { return }
    frames.append((last, code))
    deliver()
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {}

  func channelInactive(context: ChannelHandlerContext) {
    isClosed = true
    waiting.take()?.fail(ChannelError.ioOnClosedChannel)
  }

  private func deliver() {
    guard !frames.isEmpty, let promise = waiting.take() else { return }
    promise.succeed(frames.removeFirst())
  }
}
