// A client that sends what a test says, byte by byte, and reads what comes back: no HTTP library
// stands between the test and the wire.

import NIOCore
import NIOPosix

/// One TCP connection to the server under test.
final class RawClient: Sendable {
  struct TimedOut: Error {
    let received: String
  }

  struct Response: Sendable {
    var status = 0
    var headers: [String: String] = [:]
    var body = ""
  }

  struct Frame: Sendable, Equatable {
    var opcode: UInt8
    var payload: [UInt8]
    /// Whether the frame is marked as a message of permessage-deflate.
    var isCompressed = false
    var text: String { String(decoding: payload, as: UTF8.self) }
    var closeCode: Int? {
      payload.count >= 2 && opcode == 8 ? Int(payload[0]) << 8 | Int(payload[1]) : nil
    }
  }

  private let channel: any Channel
  private let inbox: NIOLoopBound<Inbox>

  private init(channel: any Channel, inbox: NIOLoopBound<Inbox>) {
    self.channel = channel
    self.inbox = inbox
  }

  /// - Parameter tls: speaks through TLS, whosever certificate the server has.
  static func connect(to port: Int, tls: ClientTLS? = nil) async throws -> RawClient {
    try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .channelOption(.allowRemoteHalfClosure, value: tls == nil)
      .connect(host: "127.0.0.1", port: port)
      .flatMapThrowing { channel in
        let inbox = Inbox()
        if let tls { try channel.pipeline.syncOperations.addHandler(tls.makeHandler()) }
        try channel.pipeline.syncOperations.addHandler(inbox)
        return RawClient(
          channel: channel, inbox: NIOLoopBound(inbox, eventLoop: channel.eventLoop))
      }
      .get()
  }

  // MARK: Sending

  func send(_ text: String) async throws {
    try await channel.writeAndFlush(ByteBuffer(string: text)).get()
  }

  func send(_ bytes: [UInt8]) async throws {
    try await channel.writeAndFlush(ByteBuffer(bytes: bytes)).get()
  }

  /// Sends a request with the headers that it needs.
  func request(
    _ method: String, _ target: String, headers: [String: String] = [:], body: String = ""
  ) async throws {
    var text = "\(method) \(target) HTTP/1.1\r\nhost: test\r\n"
    for (name, value) in headers { text += "\(name): \(value)\r\n" }
    if !body.isEmpty { text += "content-length: \(body.utf8.count)\r\n" }
    try await send(text + "\r\n" + body)
  }

  func sendFrame(_ text: String) async throws {
    try await sendFrame(opcode: 1, Array(text.utf8))
  }

  /// Sends a masked frame of fewer than 65,536 bytes.
  func sendFrame(opcode: UInt8, _ payload: [UInt8], isFinal: Bool = true) async throws {
    try await send(Self.frame(opcode: opcode, payload, isFinal: isFinal))
  }

  /// - Parameter opcode: may have reserved bits set.
  static func frame(opcode: UInt8, _ payload: [UInt8], isFinal: Bool = true) -> [UInt8] {
    let key: [UInt8] = [1, 2, 3, 4]
    let length =
      payload.count < 126
      ? [0x80 | UInt8(payload.count)]
      : [0xFE, UInt8(payload.count >> 8), UInt8(payload.count & 0xFF)]
    return [(isFinal ? 0x80 : 0) | opcode] + length + key
      + payload.enumerated().map { $1 ^ key[$0 & 3] }
  }

  /// Leaves what comes in the kernel's buffers.
  func pauseReading() async throws { try await channel.setOption(.autoRead, value: false).get() }

  func resumeReading() async throws { try await channel.setOption(.autoRead, value: true).get() }

  func close() async throws { try await channel.close() }

  func closeOutput() async throws { try await channel.close(mode: .output) }

  // MARK: Reading

  /// The next response; `hasBody` is false after a HEAD.
  func response(hasBody: Bool = true) async throws -> Response {
    try await read { buffer, _ in
      let text = String(buffer: buffer)
      guard let end = text.firstRange(of: "\r\n\r\n") else { return nil }
      let lines = text[..<end.lowerBound].split(separator: "\r\n")
      var response = Response()
      response.status = Int(lines[0].split(separator: " ")[1]) ?? 0
      for line in lines.dropFirst() {
        let parts = line.split(separator: ": ", maxSplits: 1)
        response.headers[parts[0].lowercased()] = parts.count > 1 ? String(parts[1]) : ""
      }
      let head = text.utf8.distance(from: text.startIndex, to: end.upperBound)
      let length = hasBody ? Int(response.headers["content-length"] ?? "0") ?? 0 : 0
      guard buffer.readableBytes >= head + length else { return nil }
      buffer.moveReaderIndex(forwardBy: head)
      response.body = String(buffer: buffer.readSlice(length: length) ?? ByteBuffer())
      return response
    }
  }

  /// The next frame from the server.
  func frame() async throws -> Frame {
    try await read { buffer, _ in
      guard let first = buffer.getInteger(at: buffer.readerIndex, as: UInt8.self),
        let short = buffer.getInteger(at: buffer.readerIndex + 1, as: UInt8.self)
      else { return nil }
      let extra = short < 126 ? 0 : short == 126 ? 2 : 8
      guard buffer.readableBytes >= 2 + extra else { return nil }
      let start = buffer.readerIndex + 2
      let length =
        extra == 0
        ? Int(short)
        : (0..<extra).reduce(0) {
          $0 << 8 | Int(buffer.getInteger(at: start + $1, as: UInt8.self) ?? 0)
        }
      guard buffer.readableBytes >= 2 + extra + length else { return nil }
      buffer.moveReaderIndex(forwardBy: 2 + extra)
      return Frame(
        opcode: first & 0x0F, payload: buffer.readBytes(length: length) ?? [],
        isCompressed: first & 0x40 != 0)
    }
  }

  /// The text of the next frame.
  func text() async throws -> String { try await frame().text }

  /// Everything that comes until the server closes.
  func rest() async throws -> String {
    try await read { buffer, isClosed in
      isClosed ? buffer.readString(length: buffer.readableBytes) : nil
    }
  }

  private func read<Value: Sendable>(
    _ take: @escaping @Sendable (inout ByteBuffer, Bool) -> Value?
  ) async throws -> Value {
    try await channel.eventLoop.flatSubmit { [inbox, channel] in
      let promise = channel.eventLoop.makePromise(of: Value.self)
      inbox.value.expect(on: channel.eventLoop, promise, take)
      return promise.futureResult
    }.get()
  }
}

/// Keeps what has come until somebody asks for it.
private final class Inbox: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer

  private var buffer = ByteBuffer()
  private var isClosed = false
  private var onChange: (() -> Void)?

  func expect<Value>(
    on eventLoop: any EventLoop, _ promise: EventLoopPromise<Value>,
    _ take: @escaping (inout ByteBuffer, Bool) -> Value?
  ) {
    let timeout = eventLoop.assumeIsolatedUnsafeUnchecked().scheduleTask(in: .seconds(10)) {
      self.onChange = nil
      promise.fail(RawClient.TimedOut(received: String(buffer: self.buffer)))
    }
    onChange = { [unowned self] in
      guard let value = take(&buffer, isClosed) else { return }
      onChange = nil
      timeout.cancel()
      promise.assumeIsolatedUnsafeUnchecked().succeed(value)
    }
    onChange?()
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    var bytes = unwrapInboundIn(data)
    buffer.writeBuffer(&bytes)
    onChange?()
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    if case ChannelEvent.inputClosed = event { ended() }
  }

  func channelInactive(context: ChannelHandlerContext) { ended() }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    context.close(promise: nil)
  }

  private func ended() {
    isClosed = true
    onChange?()
  }
}
